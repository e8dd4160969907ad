// Methods whose messages reach their service as bytes.
#pragma once

#include <vector>

#include "absl/strings/string_view.h"

namespace clientele::rpc {

// A service that reads some of its requests off the wire says so: what looks into messages before the service does must
// know whether they are grpc::ByteBuffers.
class RawMethods {
 public:
  virtual ~RawMethods() = default;
  // "package.Service/Method"; literals.
  virtual std::vector<absl::string_view> raw_methods() const = 0;
};

}  // namespace clientele::rpc
