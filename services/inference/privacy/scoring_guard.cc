#include "services/inference/privacy/scoring_guard.h"

#include "common/base/error.h"

namespace clientele::inference {

absl::Status ScoringGuard::OptedOut() {
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kScoringOptedOut,
               "the customer has opted out of automated decisions, of all or for this purpose, and is not scored");
}

}  // namespace clientele::inference
