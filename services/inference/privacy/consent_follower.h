// Follows ingestion's consents: who opts out is refused at once, and after a restart too, whether ingestion answers or
// not. A replica that never reached ingestion refuses nobody, as with erasures: it has no features to score by either,
// but those that a caller gives.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/observability/metrics.h"
#include "common/privacy/opt_outs.h"
#include "common/storage/followed_consents.h"
#include "services/inference/privacy/consent_source.h"
#include "services/inference/privacy/follow_loop.h"

namespace clientele::inference {

// Thread-safe.
class ConsentFollower {
 public:
  // What it works on; all must outlive it.
  struct Parts {
    ConsentSource& source;
    storage::FollowedConsents& followed;
    privacy::OptOuts& opt_outs;
    observability::Metrics& metrics;
  };

  // Has whom it knows to have opted out before it returns; then begins to follow. Errors are those of `followed`.
  static absl::StatusOr<std::unique_ptr<ConsentFollower>> Start(const Parts& parts, const FollowPauses& pauses = {});

 private:
  ConsentFollower(const Parts& parts, const FollowPauses& pauses);

  // From the last change that was dealt with, until the stream ends.
  absl::Status Follow();
  absl::Status Deal(const ingestion::v1::WatchScoringConsentsResponse& changes);

  const Parts parts_;
  prometheus::Counter& dealt_;
  FollowLoop loop_;  // The last: it uses all others.
};

}  // namespace clientele::inference
