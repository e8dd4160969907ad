// Whether probabilities mean what they say: of the rows told p, a share of p should be positive.
#pragma once

#include "absl/types/span.h"
#include "clientele/model/v1/evaluation.pb.h"

namespace clientele::training {

// Sets the evaluation's calibration (ten bins of equal width, each with Wilson's interval of its share), its
// expected_calibration_error and its score histograms. `labels` are 0 or 1. Pure. Cost: O(n).
void AddCalibrationTable(absl::Span<const double> probabilities, absl::Span<const double> labels,
                         model::v1::ClassifierEvaluation& evaluation);

}  // namespace clientele::training
