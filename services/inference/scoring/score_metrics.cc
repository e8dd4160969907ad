#include "services/inference/scoring/score_metrics.h"

#include <string>

namespace clientele::inference {

ScoreMetrics::ScoreMetrics(observability::Metrics& metrics) {
  const std::array<std::string, kAlgorithms> algorithms = {
      "unknown", "kmeans", "logistic_regression", "value_regression", "multinomial_regression", "lifetime_value",
      "survival", "rfm"};
  const std::array<std::string, kOutcomes> outcomes = {"ok", "invalid", "not_found", "unavailable", "failed"};
  for (int a = 0; a < kAlgorithms; ++a) {
    for (int o = 0; o < kOutcomes; ++o) {
      scores_[a][o] = &metrics.Counter("clientele_inference_scores_total", "Scores by algorithm and outcome.",
                                       {{"algorithm", algorithms[a]}, {"outcome", outcomes[o]}});
    }
  }
}

void ScoreMetrics::Count(v1::Algorithm algorithm, absl::StatusCode outcome, int scores) {
  const int row = algorithm >= 0 && algorithm < kAlgorithms ? algorithm : 0;
  scores_[row][OutcomeOf(outcome)]->Increment(scores);
}

ScoreMetrics::Outcome ScoreMetrics::OutcomeOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk: return kOk;
    case absl::StatusCode::kInvalidArgument: return kInvalid;
    case absl::StatusCode::kNotFound: return kNotFound;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded: return kUnavailable;
    default: return kFailed;
  }
}

}  // namespace clientele::inference
