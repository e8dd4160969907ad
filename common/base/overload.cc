#include "common/base/overload.h"

#include "common/base/error.h"
#include "google/rpc/error_details.pb.h"

namespace clientele {
namespace {

constexpr int kRetrySeconds = 1;  // What waits now has had its turn by then.

}  // namespace

absl::Status TooManyCalls() {
  absl::Status status = Error(absl::StatusCode::kResourceExhausted, ErrorReason::kTooManyCalls,
                              "too many calls are waiting; try again with back-off");
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(kRetrySeconds);
  status.SetPayload("type.googleapis.com/google.rpc.RetryInfo", absl::Cord(retry.SerializeAsString()));
  return status;
}

}  // namespace clientele
