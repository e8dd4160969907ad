// From log odds to a probability: the logistic function itself, or with Platt's slope and intercept in front (Platt
// 1999), or the lines between the points of a rising function (Zadrozny and Elkan 2002).
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "clientele/model/v1/logistic_regression.pb.h"

namespace clientele::model {

// Thread-safe: immutable. Never falls with the log odds, so that what raises them raises the probability.
class Calibration {
 public:
  // INVALID_ARGUMENT with ARTIFACT_INVALID: a number is not finite, the slope is negative, the points do not rise.
  static absl::StatusOr<Calibration> Create(const clientele::model::v1::LogisticRegressionModel& model);

  // In [0, 1]. Cost: O(log points).
  double Probability(double log_odds) const;
  // The same of many, in place.
  void Probabilities(absl::Span<double> log_odds) const;

 private:
  double slope_ = 1;
  double intercept_ = 0;
  // With points instead.
  std::vector<double> log_odds_;       // Rising.
  std::vector<double> probabilities_;  // As many; not falling.
};

}  // namespace clientele::model
