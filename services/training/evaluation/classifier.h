// How good probabilities are, against what happened.
#pragma once

#include "absl/types/span.h"
#include "clientele/model/v1/evaluation.pb.h"

namespace clientele::training {

// `probabilities` and `labels` (0 or 1) of n >= 1 rows, in row order. `train_positive_share` is the baseline's
// probability. Equal probabilities share their ranks (AUC); deciles take them in row order. Pure. Cost: O(n log n).
model::v1::ClassifierEvaluation EvaluateClassifier(absl::Span<const double> probabilities,
                                                   absl::Span<const double> labels, double threshold,
                                                   double train_positive_share);

}  // namespace clientele::training
