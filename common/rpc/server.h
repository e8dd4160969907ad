// A gRPC server of this project: TLS or plaintext, health of every service, reflection, limits, quotas of tenants,
// metrics and administration on ports of their own, and a drain on SIGTERM.
//
//   CLIENTELE_ASSIGN_OR_RETURN(auto server, rpc::Server::Start(options, {&ingestion, &customers}, metrics));
//   return server->ServeUntilSignal();
#pragma once

#include <grpcpp/impl/service_type.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/auth/authenticator.h"
#include "common/observability/metrics.h"
#include "common/quota/meter.h"

namespace clientele::audit {
class AuditLog;
}

namespace clientele::rpc {

struct ServerOptions {
  std::string program = "clientele";            // Stands in the line that says where it serves.
  std::string address = "127.0.0.1:0";          // host:port; port 0 is any free one.
  std::string metrics_address = "127.0.0.1:0";  // Where Prometheus scrapes /metrics; empty: nowhere.
  std::string tls_certificate_file;             // PEM, the chain. With the key: TLS; both empty: plaintext.
  std::string tls_key_file;                     // PEM
  std::string tls_client_ca_file;               // PEM: callers must show a certificate that it signed (mTLS).
  bool allow_plaintext = false;                 // Plaintext beyond loopback must be asked for.
  std::string probe_address;                    // host:port where health alone is told, in plaintext; empty: nowhere.
  int64_t max_receive_message_bytes = 16 << 20;
  int64_t max_send_message_bytes = 16 << 20;
  auth::AuthOptions auth;        // Who may call. Nothing set: anybody who can reach it, from this machine alone.
  bool allow_anonymous = false;  // Beyond loopback too.
  quota::MeterOptions quota;     // What each tenant may use, and where it is kept what each has used.
  quota::Meter* meter = nullptr;  // Opened by `quota`; must outlive the server. Null: the server opens one if it must.
  std::string admin_address;     // host:port of the admin surface; empty: there is none.
  audit::AuditLog* audit_log = nullptr;  // Keeps who did what here; null: nothing is kept. Must outlive the server.
  bool describes_itself =
      false;  // Reflection and channelz, to operators of the platform where callers show who they are.
  bool reflection = true;  // Where they need not: to anybody. gRPC waits for its calls with threads of their own.
  // Of the process, that run what gRPC calls back: see PollingThreads. 0: as many as gRPC has.
  int64_t polling_threads = 0;
  int64_t max_header_bytes = 8 << 10;      // Of a call's metadata, a credential among it; more is RESOURCE_EXHAUSTED.
  int64_t max_connection_streams = 1'000;  // Calls open on one connection; a client waits with more.
  absl::Duration handshake_timeout = absl::Seconds(20);  // A connection that has not begun HTTP/2 by then is closed.
  // auth.tenants_file judges whom the caller is of, not whom requests name: an administration reaches suspended tenants.
  bool judges_callers_tenant_alone = false;
  bool starts_ready = true;                              // Else health says NOT_SERVING until Ready().
  bool require_deadline = false;                         // Of unary calls.
  absl::Duration max_unary_duration = absl::Minutes(5);  // No unary call gets more time, whatever it asks for.
  absl::Duration drain_delay = absl::ZeroDuration();     // NOT_SERVING for so long before new calls are refused.
  absl::Duration drain_timeout = absl::Seconds(30);      // For calls in flight; then they are cancelled.
  absl::Duration keepalive_interval = absl::Minutes(2);  // Pings to a silent client.
  absl::Duration keepalive_timeout = absl::Seconds(20);  // Without an answer the connection is closed.
  absl::Duration min_ping_interval = absl::Seconds(10);  // Clients that ping more often are cut off.
  absl::Duration max_connection_age = absl::ZeroDuration();  // Then clients connect anew, and spread; zero: never.
};

// Thread-safe. Services, executors and metrics must outlive it.
class Server {
 public:
  // Serves from the moment it returns. INVALID_ARGUMENT names the option that is wrong, UNAVAILABLE the address that is
  // taken.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       std::vector<grpc::Service*> services,
                                                       observability::Metrics& metrics);
  ~Server();  // Shutdown().

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  int metrics_port() const;  // 0: none.
  int admin_port() const;    // 0: none.
  int probe_port() const;    // 0: none.

  // Health says SERVING from now on.
  void Ready();

  // Prints where it serves, waits for SIGTERM or SIGINT, then Shutdown. A second signal ends the process at once. For
  // the main thread, once.
  absl::Status ServeUntilSignal();

  // Health says NOT_SERVING, Call::drain stops, no new calls; returns when those in flight have finished, or
  // drain_timeout has passed and they were cancelled and have returned. Idempotent.
  void Shutdown();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace clientele::rpc
