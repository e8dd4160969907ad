// Scores what a request asks for: finds the version, reads features where they were not given, scores row by row.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "common/rpc/call.h"
#include "services/inference/overrides/override_book.h"
#include "services/inference/privacy/scoring_guard.h"
#include "services/inference/registry/registry.h"
#include "services/inference/scoring/feature_source.h"
#include "services/inference/scoring/row_scorer.h"
#include "services/inference/scoring/score_bytes.h"
#include "services/inference/scoring/score_metrics.h"
#include "services/inference/scoring/score_requests.h"
#include "services/inference/scoring/scored_rows.h"
#include "services/inference/scoring/tiers.h"

namespace clientele::inference {

inline constexpr int kMaxSubjects = 10'000;
inline constexpr int kMaxReasons = 1'000;
inline constexpr int kDefaultReasons = 5;

// Thread-safe. A call scores all its rows by the versions it found at its begin, whatever is published meanwhile: one,
// or one an arm where the model's traffic is split. Errors of every call: NOT_FOUND (MODEL_NOT_FOUND,
// CUSTOMER_NOT_FOUND), INVALID_ARGUMENT (INVALID_FIELD, UNKNOWN_FEATURE), FAILED_PRECONDITION (VERSION_NOT_AVAILABLE,
// CUSTOMER_SUPPRESSED, SCORING_OPTED_OUT), and where features must be read the FeatureSource's.
class ScoringEngine {
 public:
  // All must outlive it. `observer`, where there is one, sees every row that was scored, as the model scored it; whom
  // `guard` refuses is not; what `overrides` have of a customer is added to the score.
  ScoringEngine(const Registry& registry, FeatureSource& features, const TierBook& tiers, ScoreMetrics& metrics,
                ScoreObserver* observer = nullptr, const ScoringGuard* guard = nullptr,
                const OverrideBook* overrides = nullptr)
      : registry_(registry),
        features_(features),
        tiers_(tiers),
        metrics_(metrics),
        observer_(observer),
        guard_(guard),
        overrides_(overrides) {}

  // Sets `response`, which is new, where the features are given or at hand, in microseconds. Nothing: they must be
  // fetched, and `response` is as it was.
  std::optional<absl::Status> ScoreAtOnce(const ScoreRequestView& request, v1::ScoreResponse& response) const;
  // Sets `response`, which is new, and calls `done` once: now, or on the thread that brings the features. `call`,
  // `request` and `response` live until then.
  void Score(const rpc::Call& call, const ScoreRequestView& request, v1::ScoreResponse& response,
             std::function<void(absl::Status)> done) const;
  // A subject's score, which is nobody else's, with its index: each once, as soon as it is made; none for those with an
  // error.
  using TakeScore = absl::FunctionRef<void(int index, v1::Score& score)>;
  // What most likely scores what is asked for by this name; null: nothing that is known of.
  std::shared_ptr<const ScoringModel> Expect(absl::string_view name) const {
    const auto named = ResolveName(*registry_.Get(), "name", name);
    return named.ok() ? (*named)->found.version->model : nullptr;
  }
  // What scores the rows of a batch, whatever is published meanwhile.
  struct Batch {
    ModelReference reference;
    int max_reasons = 0;
    std::shared_ptr<const Catalogue> catalogue;
    Resolution found;
    std::shared_ptr<const TierRules> rules;
    bool is_quick = false;  // Scoring it takes well under a millisecond, and never blocks.
  };
  absl::StatusOr<Batch> Prepare(const BatchScoreRequestView& request) const;
  // `batch` was made of `request`. Sets `response`, which is new, but for its scores. Where `bytes` are given, they get
  // the scores of which no message need be made, and `take` the others. Blocks while features are fetched; so does
  // ScoreCustomer.
  absl::Status BatchScore(const rpc::Call& call, const Batch& batch, const BatchScoreRequestView& request,
                          v1::BatchScoreResponse& response, TakeScore take, ScoreBytes* bytes = nullptr) const;
  absl::StatusOr<v1::ScoreCustomerResponse> ScoreCustomer(const rpc::Call& call,
                                                          const v1::ScoreCustomerRequest& request) const;

 private:
  // One subject that waits for its features.
  struct Waiting;
  // Whether its features are there: none are needed, or they are at hand.
  bool IsReady(Waiting& waiting, const SubjectView& subject) const;
  absl::StatusOr<Waiting> Prepare(const ScoreRequestView& request) const;
  absl::Status Finish(const Waiting& waiting, const ScoreRequestView& request, v1::ScoreResponse& response) const;
  // The features of those of `subjects` that need them; the error goes to each of their rows.
  std::vector<Fetched> Fetch(const rpc::Call& call, const ScoredBy& by, absl::Span<const SubjectView> subjects,
                             absl::Span<const int> indices) const;
  // Scores one subject, whose path is `field`; lets the observer see it.
  absl::Status ScoreOne(const ScoredBy& by, const SubjectView& subject, absl::string_view field, const Fetched& fetched,
                        const WantedScore& wanted, v1::Score& score) const;
  absl::Status ScoreServed(const ScoredBy& by, const TierRules& rules, const SubjectView& subject,
                           const Fetched& fetched, int max_reasons, v1::Score& score) const;
  // Gives the scores of these subjects, and adds their errors.
  absl::Status ScoreRows(const rpc::Call& call, const ScoredBy& by, absl::Span<const SubjectView> subjects,
                         absl::Span<const int> indices, const WantedScore& wanted, v1::BatchScoreResponse& response,
                         TakeScore take, ScoreBytes* bytes) const;
  // The same for those whose features are there.
  void ScoreFetched(const ScoredBy& by, absl::Span<const SubjectView> subjects, absl::Span<const int> indices,
                    absl::Span<const Fetched> fetched, const WantedScore& wanted, std::optional<ScoredRows>& scored,
                    v1::BatchScoreResponse& response, TakeScore take, ScoreBytes* bytes) const;
  // FAILED_PRECONDITION for a customer who must not be scored by the model: see ScoringGuard.
  absl::Status CheckAllowed(const TenantId& tenant, absl::string_view model, absl::string_view customer_id) const;
  void AddOverride(const ScoredBy& by, absl::string_view customer_id, v1::Score& score) const {
    if (overrides_ != nullptr) overrides_->AddTo(by.tenant, by.model, customer_id, score);
  }
  // Scores of a horizon of the request's own are not like others, and so are not watched.
  bool IsWatched(const WantedScore& wanted, int rows) const {
    return observer_ != nullptr && wanted.horizon_days == 0 && observer_->Wants(rows);
  }

  const Registry& registry_;
  FeatureSource& features_;
  const TierBook& tiers_;
  ScoreMetrics& metrics_;
  ScoreObserver* const observer_;        // Null: nobody watches.
  const ScoringGuard* const guard_;      // Null: everybody may be scored.
  const OverrideBook* const overrides_;  // Null: nothing was ever overridden.
};

}  // namespace clientele::inference
