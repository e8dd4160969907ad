// Prediction intervals as an artifact holds them: bands of predictions, each with what is added to a prediction.
#pragma once

#include "absl/status/status.h"
#include "clientele/model/v1/value_regression.pb.h"

namespace clientele::model {

struct ValueInterval {
  double lower = 0;
  double upper = 0;
};

// INVALID_ARGUMENT with ARTIFACT_INVALID: a coverage or numbers out of range, bands that do not rise.
absl::Status CheckIntervals(const v1::PredictionIntervals& intervals);

// Around a prediction, by the band it lies in; `intervals` must be sound and have a band. Without `allow_negative` both
// ends are 0 at the least. Cost: O(log bands).
ValueInterval IntervalAt(const v1::PredictionIntervals& intervals, double prediction, bool allow_negative);

}  // namespace clientele::model
