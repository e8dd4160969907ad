// The client's end of a connection.
//
//   CLIENTELE_ASSIGN_OR_RETURN(auto channel, rpc::MakeChannel(options));
//   auto stub = IngestionService::NewStub(channel);
//   grpc::ClientContext context;
//   rpc::Prepare(context, absl::Seconds(10), &call);
//   return rpc::FromGrpc(stub->IngestRecordBatch(&context, request, &response));
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/call.h"

namespace clientele::rpc {

struct ChannelOptions {
  std::string name = "server";           // The prefix of its settings, for messages: "ingestion".
  std::string address;                   // host:port, or anything gRPC resolves; several addresses share the calls.
  bool tls = false;
  std::string tls_ca_file;               // PEM of who signs the server; empty: the system's.
  std::string tls_certificate_file;      // PEM, for a server that wants one.
  std::string tls_key_file;              // PEM
  std::string tls_server_name;           // What the server's certificate is made out to, where that is not its host.
  std::string token_file;                // Its text goes along with every call; read again when it changes. Empty: none.
  int64_t max_receive_message_bytes = 16 << 20;
  int64_t max_send_message_bytes = 16 << 20;
};

// A channel; it connects when it is first used, and again when it must. Calls are spread over what the address resolves to
// (of dns:///host:port, ipv4:host:port,host:port and ipv6: over those whose health says SERVING, so that replicas may be
// restarted), and those that may be repeated are, up to 4 times with back-off, while the answer is UNAVAILABLE (retry_policy.h).
// INVALID_ARGUMENT names the option that is wrong.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const ChannelOptions& options);

// Gives a call its deadline, `timeout` from now or that of `parent` where it is earlier, and carries on the request id and the
// trace of `parent`, the call it is made for.
void Prepare(grpc::ClientContext& context, absl::Duration timeout, const Call* parent = nullptr);

}  // namespace clientele::rpc
