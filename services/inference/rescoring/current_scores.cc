#include "services/inference/rescoring/current_scores.h"

#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/current_score_rules.h"
#include "services/inference/registry/settings.h"

namespace clientele::inference {
namespace {

constexpr int kChangesAtOnce = 500;
constexpr absl::Duration kLookAgain = absl::Milliseconds(500);  // For what another replica has written.

absl::StatusOr<ModelCustomerName> NameOf(const v1::CurrentScore& score) {
  return ParseModelCustomerName("name", score.name(), storage::kCurrentScores);
}

}  // namespace

int64_t CurrentScores::Forgettings(const TenantId& tenant) const {
  absl::MutexLock lock(&writing_);
  const auto found = forgettings_.find(tenant);
  return found == forgettings_.end() ? 0 : found->second;
}

absl::StatusOr<int64_t> CurrentScores::Put(const TenantId& tenant, absl::string_view model,
                                           std::vector<v1::CurrentScore> scores, int64_t forgettings) {
  int64_t group_changes = 0;
  {
    absl::MutexLock lock(&writing_);
    if (forgettings_[tenant] != forgettings) {
      return absl::AbortedError("a customer was erased meanwhile; read the customers again");
    }
    std::erase_if(scores,
                  [&](const v1::CurrentScore& score) { return suppressions_.Contains(tenant, score.customer_id()); });
    CLIENTELE_ASSIGN_OR_RETURN(group_changes, store_.Put(tenant, model, scores));
  }
  absl::MutexLock lock(&news_mutex_);
  ++news_;
  news_came_.SignalAll();
  return group_changes;
}

absl::StatusOr<int64_t> CurrentScores::Finish(const TenantId& tenant, absl::string_view model,
                                              absl::Time feature_time) {
  absl::MutexLock lock(&writing_);
  return store_.Finish(tenant, model, feature_time);
}

bool CurrentScores::MayBeTold(const ModelCustomerName& name) const {
  return guard_
      .Check(name.tenant, name.customer_id, [&] { return PurposeOf(*registry_.Get(), name.tenant, name.model); })
      .ok();
}

void CurrentScores::AddOverride(const ModelCustomerName& name, v1::CurrentScore& score) const {
  v1::Score overridden;
  overrides_.AddTo(name.tenant, name.model, name.customer_id, overridden);
  if (overridden.has_score_override())
    *score.mutable_score_override() = std::move(*overridden.mutable_score_override());
}

absl::StatusOr<v1::CurrentScore> CurrentScores::Get(const ModelCustomerName& name) const {
  if (!MayBeTold(name)) return storage::CurrentScoreNotFound(name);
  CLIENTELE_ASSIGN_OR_RETURN(v1::CurrentScore score, store_.Get(name));
  AddOverride(name, score);
  return score;
}

absl::Status CurrentScores::List(const TenantId& tenant, absl::string_view model, absl::Span<const std::string> groups,
                                 const ModelCustomerName& after,
                                 absl::FunctionRef<bool(v1::CurrentScore)> visit) const {
  absl::Status status;
  CLIENTELE_RETURN_IF_ERROR(store_.List(tenant, model, groups, after, [&](const v1::CurrentScore& stored) {
    const auto name = NameOf(stored);
    status = name.status();
    if (!status.ok() || !MayBeTold(*name)) return status.ok();
    v1::CurrentScore score = stored;
    AddOverride(*name, score);
    return visit(std::move(score));
  }));
  return status;
}

absl::StatusOr<int> CurrentScores::TellSome(const TenantId& tenant, const ScoreFilter& filter, int64_t& position,
                                            absl::FunctionRef<bool(v1::WatchScoresResponse, int64_t)> tell) const {
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<storage::ScoreChange> changes,
                             store_.ReadChanges(tenant, position, kChangesAtOnce));
  int64_t told = position;
  for (storage::ScoreChange& change : changes) {
    position = change.sequence;
    CLIENTELE_ASSIGN_OR_RETURN(const ModelCustomerName name, NameOf(change.score));
    if (!filter.Passes(name.model, change.score) || !MayBeTold(name)) continue;
    AddOverride(name, change.score);
    v1::WatchScoresResponse response;
    *response.mutable_current_score() = std::move(change.score);
    if (!tell(std::move(response), position)) return absl::CancelledError("the receiver has gone");
    told = position;
  }
  if (told < position && !tell({}, position)) return absl::CancelledError("the receiver has gone");
  return static_cast<int>(changes.size());
}

absl::Status CurrentScores::Watch(const TenantId& tenant, const ScoreFilter& filter, int64_t position,
                                  const StopToken& stop, const StopToken& drain,
                                  absl::FunctionRef<bool(v1::WatchScoresResponse, int64_t)> tell) const {
  while (true) {
    CLIENTELE_RETURN_IF_ERROR(stop.Check());
    if (!drain.Check().ok()) {
      return Error(absl::StatusCode::kUnavailable, ErrorReason::kShuttingDown,
                   "the server is shutting down; go on from the last resume token elsewhere, or soon");
    }
    int64_t seen = 0;
    {
      absl::MutexLock lock(&news_mutex_);
      seen = news_;
    }
    CLIENTELE_ASSIGN_OR_RETURN(const int changes, TellSome(tenant, filter, position, tell));
    if (changes < kChangesAtOnce) AwaitNews(seen);
  }
}

void CurrentScores::AwaitNews(int64_t seen) const {
  absl::MutexLock lock(&news_mutex_);
  if (news_ == seen) news_came_.WaitWithTimeout(&news_mutex_, kLookAgain);
}

absl::Status CurrentScores::Forget(const TenantId& tenant, absl::FunctionRef<bool(absl::string_view)> theirs,
                                   absl::FunctionRef<absl::Status(const storage::CurrentScoreCounts&)> before) {
  absl::MutexLock lock(&writing_);
  ++forgettings_[tenant];
  bool any = false;
  CLIENTELE_RETURN_IF_ERROR(store_.Forget(tenant, theirs, [&](const storage::CurrentScoreCounts& counts) {
    any = true;
    return before(counts);
  }));
  return any ? store_.Purge(tenant) : absl::OkStatus();
}

}  // namespace clientele::inference
