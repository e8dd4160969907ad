// Calibration: from log odds of rows that did not take part in their fit to the probabilities that came true.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "clientele/model/v1/logistic_regression.pb.h"
#include "services/training/learners/logistic_regression/scores.h"

namespace clientele::training {

// A logistic regression on the log odds, towards targets a little inside 0 and 1: (n+ + 1) / (n+ + 2) and 1 / (n- + 2)
// (Platt 1999). Its slope is at least 0: log odds that are worse than chance give everybody the base rate. Both classes
// are there. Errors: of `stop`.
absl::StatusOr<model::v1::PlattScaling> FitPlatt(const std::vector<ScoredRow>& rows, int threads,
                                                 const StopToken& stop);

// The rising step function with the least squared error, by pooling adjacent violators (Ayer et al. 1955): the two ends
// of each step. A step of weight w on which all rows agree is not certain: it is 1 / (w + 2) away from 0 or 1
// (Laplace), or where its neighbour is. Cost: O(n log n).
model::v1::IsotonicCalibration FitIsotonic(std::vector<ScoredRow> rows);

}  // namespace clientele::training
