// Keeps what is scored: writes the score log, counts values in the training's bins, hands the shadow its share and
// watches for drift. All of it on threads of its own: scoring gives copies of its rows to a bounded queue, and goes
// on.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "common/base/clock.h"
#include "common/observability/metrics.h"
#include "common/storage/score_log.h"
#include "services/inference/monitoring/drift_bins.h"
#include "services/inference/monitoring/drift_watch.h"
#include "services/inference/monitoring/options.h"
#include "services/inference/monitoring/paced_queue.h"
#include "services/inference/monitoring/shadow_scorer.h"
#include "services/inference/privacy/suppressions.h"
#include "services/inference/scoring/scoring_model.h"
#include "services/inference/scoring/scored_rows.h"

namespace clientele::inference {

// Thread-safe. What was observed is durable within about a pace; a crash loses what was not yet.
class ScoreMonitor final : public ScoreObserver {
 public:
  // All must outlive it.
  // `suppressions`, where there are any: whom it does not log.
  ScoreMonitor(storage::ScoreLog& log, ShadowScorer& shadow, const Clock& clock, observability::Metrics& metrics,
               const MonitorOptions& options, const Suppressions* suppressions = nullptr);
  ~ScoreMonitor() override;  // Writes what is queued, then joins.
  ScoreMonitor(const ScoreMonitor&) = delete;
  ScoreMonitor& operator=(const ScoreMonitor&) = delete;

  bool Wants(int rows) override;
  void Observe(ScoredRows rows) override;
  // Rows by the same that come one after the other lie together.
  void ObserveOne(const ScoredBy& by, absl::string_view customer_id, absl::Span<const model::Cell> row,
                  const v1::Score& score, absl::Duration scoring_time) override;

  // Waits until all that was observed is in the log, the shadow's pairs too.
  void AwaitIdle();
  // The same of what was observed before, whatever comes meanwhile. Who is scored later is written into the log's table
  // of customers anew.
  void AwaitWritten();

 private:
  using Entries = std::map<std::pair<TenantId, std::string>, storage::ScoreLogEntries>;  // By tenant and model.
  using VersionKey = std::tuple<TenantId, std::string, int64_t>;                         // Tenant, model, number.
  struct WatchedVersion {
    std::string name;
    std::unique_ptr<const DriftBins> bins;
    std::weak_ptr<const ScoringModel> model;  // Not held: it may be unloaded meanwhile.
    bool scored = false;                      // Since the last look.
  };

  void Run();
  void Write(std::vector<ScoredRows> observed);
  void AddScores(const ScoredRows& rows, storage::ScoreLogEntries& entries);
  void AddCounts(const ScoredRows& rows, storage::ScoreLogEntries& entries);
  const DriftBins& BinsOf(const ScoredBy& by);
  // Once a day.
  void Sweep(int64_t today);
  // Now and then the versions that were scored since; each day all. Forgets those that are no longer loaded.
  void WatchDrift(absl::Time now);

  storage::ScoreLog& log_;
  ShadowScorer& shadow_;
  const Clock& clock_;
  const MonitorOptions options_;
  prometheus::Counter& logged_;
  prometheus::Counter& dropped_;
  PacedQueue<ScoredRows> queue_;
  const Suppressions* const suppressions_;  // Null: none.
  std::atomic<bool> begins_anew_ = false;   // What seen_today_ has is to be written again.

  // The worker's own.
  DriftWatch drift_watch_;
  std::map<VersionKey, WatchedVersion> versions_;  // Loaded, and scored in the days that are watched.
  absl::flat_hash_set<std::string> seen_today_;    // Pseudonyms that are in the log's table.
  int64_t today_ = 0;
  int64_t last_look_day_ = 0;
  absl::Time next_look_ = absl::InfinitePast();
  std::thread thread_;  // The last: it uses all others.
};

}  // namespace clientele::inference
