#include "common/rpc/channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/rpc/client_token.h"
#include "common/rpc/credentials.h"
#include "common/rpc/retry_policy.h"
#include "common/rpc/trace.h"

namespace clientele::rpc {
namespace {

// Whether an address may stand for several servers, which come and go; host:port alone is one, which has something to say
// also while it is not ready.
bool NamesReplicas(absl::string_view address) {
  return absl::StartsWith(address, "dns:") || absl::StartsWith(address, "ipv4:") || absl::StartsWith(address, "ipv6:");
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const ChannelOptions& options) {
  if (options.address.empty()) return InvalidField(options.name + ".address", "required: host:port");
  CLIENTELE_ASSIGN_OR_RETURN(auto credentials, ChannelCredentials(options));
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(options.max_receive_message_bytes));
  arguments.SetMaxSendMessageSize(static_cast<int>(options.max_send_message_bytes));
  arguments.SetServiceConfigJSON(ServiceConfig(NamesReplicas(options.address)));
  // A server that vanished without a word is noticed while a call waits for it.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  // A server that restarts is found again within seconds.
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5'000);
  if (!options.tls_server_name.empty()) arguments.SetSslTargetNameOverride(options.tls_server_name);
  if (options.token_file.empty()) return grpc::CreateCustomChannel(options.address, credentials, arguments);
  if (!options.tls && !IsLoopback(options.address)) {
    return InvalidField(options.name + ".token_file",
                        "a credential would travel in the clear; set " + options.name + ".tls to true");
  }
  auto token = ClientToken::Open(options.token_file);
  if (!token.ok()) return InvalidField(options.name + ".token_file", token.status().message());
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(*std::move(token));
  return grpc::experimental::CreateCustomChannelWithInterceptors(options.address, credentials, arguments,
                                                                 std::move(interceptors));
}

void Prepare(grpc::ClientContext& context, absl::Duration timeout, const Call* parent) {
  absl::Time deadline = absl::Now() + timeout;
  if (parent != nullptr) {
    deadline = std::min(deadline, parent->stop.deadline());
    if (!parent->request_id.empty()) context.AddMetadata(kRequestIdKey, parent->request_id);
    if (!parent->traceparent.empty()) context.AddMetadata(kTraceparentKey, parent->traceparent);
  }
  if (deadline != absl::InfiniteFuture()) context.set_deadline(absl::ToChronoTime(deadline));
}

}  // namespace clientele::rpc
