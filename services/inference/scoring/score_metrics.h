// How many scores were given, by algorithm and outcome: a small, fixed set of labels, whatever the tenants and models.
#pragma once

#include <array>

#include "absl/status/status.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "common/observability/metrics.h"

namespace clientele::inference {

// Thread-safe.
class ScoreMetrics {
 public:
  explicit ScoreMetrics(observability::Metrics& metrics);

  void Count(v1::Algorithm algorithm, absl::StatusCode outcome, int scores = 1);

 private:
  static constexpr int kAlgorithms = 8;
  enum Outcome { kOk, kInvalid, kNotFound, kUnavailable, kFailed, kOutcomes };
  static Outcome OutcomeOf(absl::StatusCode code);

  std::array<std::array<prometheus::Counter*, kOutcomes>, kAlgorithms> scores_;
};

}  // namespace clientele::inference
