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

namespace clientele::inference {

inline constexpr int kMaxSubjects = 10'000;
inline constexpr int kMaxReasons = 1'000;
inline constexpr int kDefaultReasons = 5;

// Thread-safe. A call scores all its rows by the one version it found at its begin, whatever is published meanwhile.
// Errors of every call: NOT_FOUND (MODEL_NOT_FOUND, CUSTOMER_NOT_FOUND), INVALID_ARGUMENT (INVALID_FIELD,
// UNKNOWN_FEATURE), FAILED_PRECONDITION (VERSION_NOT_AVAILABLE), and where features must be read the FeatureSource's.
class ScoringEngine {
 public:
  // All must outlive it.
  ScoringEngine(const Registry& registry, FeatureSource& features, ScoreMetrics& metrics)
      : registry_(registry), features_(features), metrics_(metrics) {}

  // Whether Score may ask the FeatureSource, and so block; else it takes microseconds.
  static bool MayBlock(const v1::ScoreRequest& request) { return !request.subject().customer_id().empty(); }

  absl::StatusOr<v1::ScoreResponse> Score(const rpc::Call& call, const v1::ScoreRequest& request) const;
  absl::StatusOr<v1::BatchScoreResponse> BatchScore(const rpc::Call& call, const v1::BatchScoreRequest& request) const;
  absl::StatusOr<v1::ScoreCustomerResponse> ScoreCustomer(const rpc::Call& call,
                                                          const v1::ScoreCustomerRequest& request) const;

 private:
  struct Fetched;

  // The features of those of `subjects` that need them; the error goes to each of their rows.
  Fetched Fetch(const rpc::Call& call, const TenantId& tenant, const ScoringModel& model,
                absl::Span<const v1::Subject* const> subjects) const;
  absl::StatusOr<v1::Score> ScoreSubject(const ScoringModel& model, const v1::Subject& subject, absl::string_view field,
                                         const Fetched& fetched, int slot, int max_reasons,
                                         absl::Span<model::Cell> row) const;
  // `fetched` holds the one customer's row; its columns are set to this version's.
  absl::StatusOr<v1::Score> ScoreChampion(const Version& version, const v1::Subject& subject, Fetched& fetched,
                                          int max_reasons) const;

  const Registry& registry_;
  FeatureSource& features_;
  ScoreMetrics& metrics_;
};

}  // namespace clientele::inference
