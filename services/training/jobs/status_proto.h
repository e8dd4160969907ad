// Between absl::Status and google.rpc.Status, which a job keeps and a worker sends: code, message and details.
#pragma once

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace clientele::training {

google::rpc::Status ToStatusProto(const absl::Status& status);
absl::Status FromStatusProto(const google::rpc::Status& status);

}  // namespace clientele::training
