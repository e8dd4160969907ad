// The tenants' current scores: written, told, watched, forgotten.
//
// Who must not be scored is not told, from the moment that is known; the next run takes the rest away. Who is being
// erased is neither told nor written, and is gone from the store when Forget returns.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "clientele/inference/v1/current_score_service.pb.h"
#include "common/base/ids.h"
#include "common/base/resource_name.h"
#include "common/base/stop_token.h"
#include "common/storage/current_score_store.h"
#include "services/inference/overrides/override_book.h"
#include "services/inference/privacy/scoring_guard.h"
#include "services/inference/privacy/suppressions.h"
#include "services/inference/registry/registry.h"
#include "services/inference/rescoring/score_filter.h"

namespace clientele::inference {

inline constexpr int64_t kKeptScoreChanges = 1'000'000;  // Of each tenant.

// Thread-safe. Errors beside those named are the store's.
class CurrentScores {
 public:
  // All must outlive it.
  CurrentScores(storage::CurrentScoreStore& store, const Registry& registry, const Suppressions& suppressions,
                const ScoringGuard& guard, const OverrideBook& overrides)
      : store_(store), registry_(registry), suppressions_(suppressions), guard_(guard), overrides_(overrides) {}

  // How often something of the tenant's was forgotten. Who reads customers takes it first: see Put.
  int64_t Forgettings(const TenantId& tenant) const ABSL_LOCKS_EXCLUDED(writing_);
  // As CurrentScoreStore::Put, without those who are suppressed. ABORTED where somebody was forgotten since
  // `forgettings`, who may be among them.
  absl::StatusOr<int64_t> Put(const TenantId& tenant, absl::string_view model, std::vector<v1::CurrentScore> scores,
                              int64_t forgettings) ABSL_LOCKS_EXCLUDED(writing_);
  // Forgets the oldest changes beyond kKeptScoreChanges.
  absl::Status TrimChanges(const TenantId& tenant) { return store_.TrimChanges(tenant, kKeptScoreChanges); }
  // As CurrentScoreStore::Finish.
  absl::StatusOr<int64_t> Finish(const TenantId& tenant, absl::string_view model, absl::Time feature_time)
      ABSL_LOCKS_EXCLUDED(writing_);

  // With what people decided of the customer. NOT_FOUND with CURRENT_SCORE_NOT_FOUND.
  absl::StatusOr<v1::CurrentScore> Get(const ModelCustomerName& name) const;
  // As CurrentScoreStore::List.
  absl::Status List(const TenantId& tenant, absl::string_view model, absl::Span<const std::string> groups,
                    const ModelCustomerName& after, absl::FunctionRef<bool(v1::CurrentScore)> visit) const;

  absl::StatusOr<int64_t> LastChange(const TenantId& tenant) const { return store_.LastChange(tenant); }
  // Tells the changes after `position` that pass, with the position after each; a response without a score where the
  // position has moved past others; until `tell` says that nobody listens (CANCELLED), `stop` stops, or `drain` does
  // (UNAVAILABLE with SHUTTING_DOWN). OUT_OF_RANGE with RESUME_TOKEN_TOO_OLD.
  absl::Status Watch(const TenantId& tenant, const ScoreFilter& filter, int64_t position, const StopToken& stop,
                     const StopToken& drain,
                     absl::FunctionRef<bool(v1::WatchScoresResponse response, int64_t after)> tell) const;

  // Takes away all of customers who are suppressed by now. `before` is told how much there is, where there is any, and
  // its error leaves it; the bytes leave the files at the end.
  absl::Status Forget(const TenantId& tenant, absl::FunctionRef<bool(absl::string_view customer_id)> theirs,
                      absl::FunctionRef<absl::Status(const storage::CurrentScoreCounts&)> before)
      ABSL_LOCKS_EXCLUDED(writing_);
  // The last step of Forget, for one that was cut short.
  absl::Status Purge(const TenantId& tenant) { return store_.Purge(tenant); }

 private:
  bool MayBeTold(const ModelCustomerName& name) const;
  void AddOverride(const ModelCustomerName& name, v1::CurrentScore& score) const;
  // One batch of Watch: how many changes there were.
  absl::StatusOr<int> TellSome(const TenantId& tenant, const ScoreFilter& filter, int64_t& position,
                               absl::FunctionRef<bool(v1::WatchScoresResponse, int64_t)> tell) const;
  void AwaitNews(int64_t seen) const ABSL_LOCKS_EXCLUDED(news_mutex_);

  storage::CurrentScoreStore& store_;
  const Registry& registry_;
  const Suppressions& suppressions_;
  const ScoringGuard& guard_;
  const OverrideBook& overrides_;
  mutable absl::Mutex writing_;  // Held from the look at the suppressions to the write.
  absl::flat_hash_map<TenantId, int64_t> forgettings_ ABSL_GUARDED_BY(writing_);
  mutable absl::Mutex news_mutex_;
  mutable absl::CondVar news_came_;
  int64_t news_ ABSL_GUARDED_BY(news_mutex_) = 0;  // Of this program; other replicas' are looked for in the store.
};

}  // namespace clientele::inference
