// Messages as the bytes they are on the wire, for methods that read or write them faster than protobuf does.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message_lite.h"

namespace clientele::rpc {

// The bytes of a message in one piece; copied where they came in several.
absl::StatusOr<grpc::Slice> Flatten(const grpc::ByteBuffer& buffer);

inline absl::string_view View(const grpc::Slice& slice) {
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

grpc::ByteBuffer Serialize(const google::protobuf::MessageLite& message);

}  // namespace clientele::rpc
