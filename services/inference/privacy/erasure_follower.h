// Follows ingestion's erasures: whom they suppress is refused at once; what is kept here of a customer whose records
// are gone goes too; what went, and which model versions had learnt from the customer, is reported, again whenever that
// changes.
//
// Two threads: one deals with changes in their order, the other reviews, retires versions that are due and reports.
// Every change is dealt with before its sequence number is kept, so that what a crash or an outage left undone is done
// again.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/observability/metrics.h"
#include "common/storage/followed_erasures.h"
#include "common/storage/score_log.h"
#include "services/inference/monitoring/score_monitor.h"
#include "services/inference/overrides/override_book.h"
#include "services/inference/privacy/erasure_source.h"
#include "services/inference/privacy/follow_loop.h"
#include "services/inference/privacy/learnt_models.h"
#include "services/inference/privacy/suppressions.h"
#include "services/inference/privacy/version_retirer.h"
#include "services/inference/registry/registry.h"
#include "services/inference/rescoring/current_scores.h"
#include "services/inference/scoring/feature_cache.h"

namespace clientele::inference {

struct FollowerOptions {
  absl::Duration model_period = absl::Hours(30 * 24);  // How long a version that had learnt from a customer may go on.
  absl::Duration review_every = absl::Seconds(1);  // How often the models are looked at; no work where none changed.
  FollowPauses pauses;
};

// Thread-safe.
class ErasureFollower {
 public:
  // What it works on; all must outlive it. `cache` may be null.
  struct Parts {
    ErasureSource& source;
    storage::FollowedErasures& followed;
    Suppressions& suppressions;
    storage::ScoreLog& score_log;
    ScoreMonitor& monitor;
    FeatureCache* cache;
    OverrideBook& overrides;
    CurrentScores& current_scores;
    const Registry& registry;
    const Clock& clock;
    observability::Metrics& metrics;
    VersionRetirer* retirer = nullptr;  // Null: versions that are due go on until somebody acts.
  };

  // Suppresses whom it knows to be suppressed, and retires what is due, before it returns; then begins to follow.
  // Errors are those of `followed`.
  static absl::StatusOr<std::unique_ptr<ErasureFollower>> Start(const Parts& parts, const FollowerOptions& options);
  ~ErasureFollower();  // Stops the source, and joins.
  ErasureFollower(const ErasureFollower&) = delete;
  ErasureFollower& operator=(const ErasureFollower&) = delete;

 private:
  ErasureFollower(const Parts& parts, const FollowerOptions& options);

  // From the last change that was dealt with, until the stream ends.
  absl::Status Follow();
  absl::Status Deal(const ingestion::v1::WatchErasuresResponse& change);
  // Takes away what is here of the customer; adds what went to the erasure's counts, which are durable before it goes.
  absl::Status Forget(const privacy::DigestKey& key, const privacy::Digest& customer,
                      storage::FollowedErasure& erasure);
  absl::Status ForgetScores(const privacy::DigestKey& key, const privacy::Digest& customer,
                            storage::FollowedErasure& erasure);
  absl::Status ForgetOverrides(const privacy::DigestKey& key, const privacy::Digest& customer,
                               storage::FollowedErasure& erasure);
  absl::Status ForgetCurrentScores(const privacy::DigestKey& key, const privacy::Digest& customer,
                                   storage::FollowedErasure& erasure);
  // The counts, durable before what they count goes; nothing is reported before all is gone here, whatever happens now.
  absl::Status KeepBegun(const storage::FollowedErasure& erasure);

  void Review();
  // When versions are to be retired again.
  absl::Time RetireDue();
  // Brings the versions of all erasures up to date, and sends the reports that are due.
  absl::Status ReviewOnce(const Catalogue& catalogue);
  absl::Status Send(storage::FollowedErasure& erasure);

  // Waits that long, or until it is time to end: then true.
  bool Pause(absl::Duration duration) ABSL_LOCKS_EXCLUDED(mutex_);

  const Parts parts_;
  const FollowerOptions options_;
  prometheus::Counter& dealt_;
  prometheus::Counter& failures_;
  LearntModels learnt_;  // The reviewer's own.
  const std::shared_ptr<std::atomic<bool>> ending_ = std::make_shared<std::atomic<bool>>(false);
  absl::Mutex writing_;  // Held from the read of an erasure to its write.
  absl::Mutex mutex_;
  absl::CondVar wake_;
  bool news_ ABSL_GUARDED_BY(mutex_) = true;  // For the reviewer.
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread reviewer_;  // The last two use all others.
  FollowLoop follower_;
};

}  // namespace clientele::inference
