// Scores what a request asks for: finds the version, reads features where they were not given, scores row by row.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "common/rpc/call.h"
#include "services/inference/registry/registry.h"
#include "services/inference/scoring/feature_source.h"
#include "services/inference/scoring/score_metrics.h"
#include "services/inference/scoring/scored_rows.h"
#include "services/inference/scoring/tiers.h"

namespace clientele::inference {

inline constexpr int kMaxSubjects = 10'000;
inline constexpr int kMaxReasons = 1'000;
inline constexpr int kDefaultReasons = 5;

// Thread-safe. A call scores all its rows by the versions it found at its begin, whatever is published meanwhile: one, or one
// an arm where the model's traffic is split.
// Errors of every call: NOT_FOUND (MODEL_NOT_FOUND, CUSTOMER_NOT_FOUND), INVALID_ARGUMENT (INVALID_FIELD,
// UNKNOWN_FEATURE), FAILED_PRECONDITION (VERSION_NOT_AVAILABLE), and where features must be read the FeatureSource's.
class ScoringEngine {
 public:
  // All must outlive it. `observer`, where there is one, sees every row that was scored.
  ScoringEngine(const Registry& registry, FeatureSource& features, const TierBook& tiers, ScoreMetrics& metrics,
                ScoreObserver* observer = nullptr)
      : registry_(registry), features_(features), tiers_(tiers), metrics_(metrics), observer_(observer) {}

  // Whether Score may ask the FeatureSource, and so block; else it takes microseconds.
  static bool MayBlock(const v1::ScoreRequest& request) { return !request.subject().customer_id().empty(); }

  absl::StatusOr<v1::ScoreResponse> Score(const rpc::Call& call, const v1::ScoreRequest& request) const;
  absl::StatusOr<v1::BatchScoreResponse> BatchScore(const rpc::Call& call, const v1::BatchScoreRequest& request) const;
  absl::StatusOr<v1::ScoreCustomerResponse> ScoreCustomer(const rpc::Call& call,
                                                          const v1::ScoreCustomerRequest& request) const;

 private:
  struct Fetched;
  // What a request asks of each score.
  struct Wanted {
    int max_reasons = 0;
    int horizon_days = 0;  // 0: the model's own.
    const Tiers& tiers;    // Of the version that scores.
  };

  // The features of those of `subjects` that need them; the error goes to each of their rows.
  Fetched Fetch(const rpc::Call& call, const TenantId& tenant, const ScoringModel& model,
                absl::Span<const v1::Subject* const> subjects) const;
  absl::StatusOr<v1::Score> ScoreSubject(const ScoringModel& model, const v1::Subject& subject, absl::string_view field,
                                         const Fetched& fetched, int slot, const Wanted& wanted,
                                         absl::Span<model::Cell> row) const;
  // Sets the response's scores of these rows, and adds their errors.
  absl::Status ScoreRows(const rpc::Call& call, const ScoredBy& by, const v1::BatchScoreRequest& request,
                         absl::Span<const int> indices, const Wanted& wanted, v1::BatchScoreResponse& response) const;
  // `fetched` holds the one customer's row; its columns are set to this version's.
  absl::StatusOr<v1::Score> ScoreServed(ScoredBy by, const TierRules& rules, const v1::Subject& subject,
                                        Fetched& fetched, int max_reasons) const;
  // Scores of a horizon of the request's own are not like others, and so are not watched.
  bool IsWatched(const Wanted& wanted, int rows) const {
    return observer_ != nullptr && wanted.horizon_days == 0 && observer_->Wants(rows);
  }
  // ScoreSubject, watched.
  absl::StatusOr<v1::Score> ScoreOne(ScoredBy by, const v1::Subject& subject, absl::string_view field,
                                     const Fetched& fetched, int slot, const Wanted& wanted) const;

  const Registry& registry_;
  FeatureSource& features_;
  const TierBook& tiers_;
  ScoreMetrics& metrics_;
  ScoreObserver* const observer_;  // Null: nobody watches.
};

}  // namespace clientele::inference
