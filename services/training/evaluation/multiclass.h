// How good the probabilities of several classes are, against what happened.
#pragma once

#include <string>

#include "absl/types/span.h"
#include "clientele/model/v1/evaluation.pb.h"

namespace clientele::training {

// `probabilities` [n x k] row-major; `labels` [n]: the index of each row's class; `names` [k]; `training_shares` [k],
// the baseline's probabilities. n >= 1, k >= 2. A row is called the most probable class; of equals the first. Pure.
// Cost: O(k n log n).
model::v1::MulticlassEvaluation EvaluateClasses(absl::Span<const double> probabilities, absl::Span<const double> labels,
                                                absl::Span<const std::string> names,
                                                absl::Span<const double> training_shares);

}  // namespace clientele::training
