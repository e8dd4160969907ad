// Who stands elsewhere by one model's scores than by another's.
#pragma once

#include "absl/types/span.h"
#include "clientele/model/v1/comparison.pb.h"

namespace clientele::training {

// `champion`, `model`: scores of n >= 1 rows; `values` [n]: what each customer is worth, or empty. By tenths, highest
// first, equal scores in row order. Without decisions and the feature's name. Pure. Cost: O(n log n).
model::v1::ScoreMovement MovementOf(absl::Span<const double> champion, absl::Span<const double> model,
                                    absl::Span<const double> values);

// Which share of n rows the two models call otherwise, each at its own threshold.
double DecisionChangedShare(absl::Span<const double> champion, double champion_threshold,
                            absl::Span<const double> model, double threshold);

}  // namespace clientele::training
