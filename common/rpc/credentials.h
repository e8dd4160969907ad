// TLS from PEM files, for both ends. A server takes up files that are renewed without a restart.
#pragma once

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "absl/status/statusor.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"

namespace clientele::rpc {

// INVALID_ARGUMENT: half a key pair, a file that is not there, or plaintext beyond loopback that nobody asked for.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerCredentials(const ServerOptions& options);
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ChannelCredentials(const ChannelOptions& options);

// Whether only this machine can reach host:port.
bool IsLoopback(absl::string_view address);

}  // namespace clientele::rpc
