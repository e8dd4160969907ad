// Errors on the wire: absl::Status with its payloads <-> grpc::Status with google.rpc details.
#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace clientele::rpc {

// `grpc-status-details-bin` holds a google.rpc.Status with every payload of `status` whose key is a type URL, and exactly
// one ErrorInfo: the one `status` carries, or the default reason of its code. Messages are cut at 1,000 bytes and made
// valid UTF-8; details beyond 3,000 bytes are dropped, ErrorInfo last, for gRPC limits all metadata of a call to 8 KiB.
grpc::Status ToGrpc(const absl::Status& status);

// The way back: code, message and every detail as a payload.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace clientele::rpc
