#include "common/rpc/byte_buffer.h"

#include "common/base/error.h"

namespace clientele::rpc {

absl::StatusOr<grpc::Slice> Flatten(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (buffer.TrySingleSlice(&slice).ok() || buffer.DumpToSingleSlice(&slice).ok()) return slice;
  return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "the message cannot be read");
}

grpc::ByteBuffer Serialize(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace clientele::rpc
