// What every call of one server shares: its limits, its metrics, whether it is shutting down. A call reaches it through
// its context, which this server allocates.
#pragma once

#include <grpcpp/server_context.h>

#include <array>
#include <atomic>
#include <memory>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/auth/authenticator.h"
#include "common/auth/principal.h"
#include "common/auth/tenant_table.h"
#include "common/auth/watched_file.h"
#include "common/observability/metrics.h"
#include "common/quota/meter.h"
#include "common/rpc/auditing.h"
#include "common/rpc/metering.h"

namespace clientele::rpc {

// The metrics of one method. Thread-safe.
class MethodMetrics {
 public:
  MethodMetrics(observability::Metrics& metrics, std::string method);

  void Begin() { in_flight_.Increment(); }
  void End(int code, double seconds);
  void CountReceived() { received_.Increment(); }
  void CountSent() { sent_.Increment(); }

 private:
  static constexpr size_t kCodes = 17;  // OK to UNAUTHENTICATED.

  observability::Metrics& metrics_;
  const std::string method_;
  prometheus::Gauge& in_flight_;
  prometheus::Histogram& latency_;
  prometheus::Counter& received_;
  prometheus::Counter& sent_;
  std::array<std::atomic<prometheus::Counter*>, kCodes> calls_{};  // Made as codes occur.
};

// What is known of a method before it is called.
struct Method {
  Method(observability::Metrics& all_metrics, absl::string_view full_name);

  const std::string path;        // "/package.Service/Method"
  const absl::string_view name;  // Without the slash.
  MethodMetrics metrics;
  bool is_open = false;     // To callers who show nothing.
  bool is_audited = false;  // The audit log keeps every call.
  bool is_raw = false;      // Messages are bytes: see raw_methods.h.
};

// Thread-safe. Outlives every call.
class ServerState {
 public:
  ServerState(observability::Metrics& metrics, bool wants_deadline, absl::Duration unary_limit)
      : require_deadline(wants_deadline), max_unary_duration(unary_limit), metrics_(metrics) {}

  // Set once, before the first call. Null: callers need not show anything.
  std::unique_ptr<const auth::Authenticator> authenticator;
  // Set once, before the first call. Null: any tenant is served.
  std::unique_ptr<auth::WatchedFile<auth::TenantTable>> tenants;
  bool judges_callers_tenant_alone = false;
  // Set once, before the first call. Null: nothing is metered, and nobody has a quota.
  quota::Meter* meter = nullptr;

  // Set once, before the first call. Null: no call is kept.
  audit::AuditLog* audit_log = nullptr;
  // Set once, before the first call. Those of whose calls the log keeps every one, of "package.Service/Method".
  std::set<std::string, std::less<>> audited_methods;
  // Set once, before the first call. Of "package.Service/Method"; see raw_methods.h.
  std::set<absl::string_view> raw_methods;

  // `path` is gRPC's own text of the method, which stays where it is.
  Method& MethodAt(const char* path) ABSL_LOCKS_EXCLUDED(mutex_);

  // Around every call.
  void BeginCall() ABSL_LOCKS_EXCLUDED(calls_mutex_);
  void EndCall() ABSL_LOCKS_EXCLUDED(calls_mutex_);
  // Refuses new calls from now on, then waits until none is in flight, at most until `deadline`.
  void Drain(absl::Time deadline) ABSL_LOCKS_EXCLUDED(calls_mutex_);

  const bool require_deadline;
  const absl::Duration max_unary_duration;
  const std::shared_ptr<std::atomic<bool>> draining = std::make_shared<std::atomic<bool>>(false);

 private:
  observability::Metrics& metrics_;
  absl::Mutex mutex_;
  absl::flat_hash_map<const char*, std::unique_ptr<Method>> methods_ ABSL_GUARDED_BY(mutex_);
  absl::Mutex calls_mutex_;
  int64_t calls_in_flight_ ABSL_GUARDED_BY(calls_mutex_) = 0;
};

// The state of a context's server, and the call's method, where the context is one of ours.
struct CallOrigin {
  ServerState* state = nullptr;
  Method* method = nullptr;
};

class CallContext final : public grpc::CallbackServerContext {
 public:
  explicit CallContext(ServerState& state)
      : origin{&state, nullptr}, metering(state.meter), auditing(state.audit_log) {}

  // The first refusal stays. Called as metadata and messages arrive, before whoever waits for them is told.
  void Judge(absl::Status verdict) ABSL_LOCKS_EXCLUDED(mutex_);
  // OK: nothing stands against the call so far.
  absl::Status refusal() const ABSL_LOCKS_EXCLUDED(mutex_);

  CallOrigin origin;
  auth::Principal caller;  // Empty where nobody has to show anything, or nobody did. Set before the handler begins.
  Metering metering;
  Auditing auditing;

 private:
  mutable absl::Mutex mutex_;
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);
};

// Null for a context of a server that Server did not build.
const CallContext* OwnContext(const grpc::ServerContextBase& context);
CallContext* OwnContext(grpc::ServerContextBase& context);

}  // namespace clientele::rpc
