// Scores a share of what was served a second time, by the model's shadow: on a thread of its own, off every reply's
// path. What it cannot keep up with is dropped and counted.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/base/resource_name.h"
#include "common/storage/score_log.h"
#include "services/inference/monitoring/options.h"
#include "services/inference/monitoring/paced_queue.h"
#include "services/inference/privacy/suppressions.h"
#include "services/inference/registry/registry.h"
#include "services/inference/scoring/feature_source.h"
#include "services/inference/scoring/scored_rows.h"

namespace clientele::inference {

// Whether the model's shadow, if there is one, scores this customer: by a hash like that of the arms, but apart from
// it, so that every arm's customers are among them.
bool IsShadowed(const v1::ModelTraffic& traffic, const ModelName& name, absl::string_view customer_id);

// Thread-safe. Features that the served version had are taken from there; those that only the shadow has are read
// from the FeatureSource. Pairs go to the log.
class ShadowScorer {
 public:
  // All must outlive it.
  // `suppressions`, where there are any: whom it leaves out.
  ShadowScorer(const Registry& registry, FeatureSource& features, storage::ScoreLog& log, const MonitorOptions& options,
               const Suppressions* suppressions = nullptr);
  ~ShadowScorer();  // Scores what is queued, then joins.
  ShadowScorer(const ShadowScorer&) = delete;
  ShadowScorer& operator=(const ShadowScorer&) = delete;

  // Takes those rows that are the shadow's. Never blocks.
  void Offer(const std::shared_ptr<const ScoredRows>& observed);
  // Waits until all that was offered is in the log.
  void AwaitIdle() { queue_.AwaitIdle(); }
  // The same of what was offered before, whatever comes meanwhile.
  void AwaitWritten() { queue_.AwaitRounds(); }

  // Rows of the model that were not scored since the start: the queue was full, the shadow could not score, or
  // features could not be had.
  int64_t dropped(const ModelName& name) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Work {
    std::shared_ptr<const ScoredRows> observed;
    std::vector<int> rows;  // Of these.
    std::shared_ptr<const Version> shadow;
  };

  void Run();
  // The pairs of the rows that the shadow could score.
  std::vector<storage::ShadowPair> Score(const Work& work) const;
  void CountDropped(const ScoredBy& by, int64_t rows) ABSL_LOCKS_EXCLUDED(mutex_);

  const Registry& registry_;
  FeatureSource& features_;
  storage::ScoreLog& log_;
  const Suppressions* const suppressions_;  // Null: none.
  PacedQueue<Work> queue_;
  mutable absl::Mutex mutex_;
  std::map<std::string, int64_t> dropped_ ABSL_GUARDED_BY(mutex_);  // By the model's name.
  std::thread thread_;
};

}  // namespace clientele::inference
