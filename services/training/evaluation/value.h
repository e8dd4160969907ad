// How good predicted values are, against what came.
#pragma once

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "common/dataset/parts.h"

namespace clientele::training {

// `predictions` and `actuals` of n >= 1 rows, in row order. `train_mean` is the baseline's prediction. Equal
// predictions share their ranks (Spearman), and share their value (Gini, where row order would favour whoever sorts the
// rows); deciles take them in row order. Pure. Cost: O(n log n).
model::v1::ValueEvaluation EvaluateValues(absl::Span<const double> predictions, absl::Span<const double> actuals,
                                          double train_mean);

// Adds the interval of total_ratio, by bootstrap over the rows, all of which every part has (see bootstrap.h).
// `threads` changes the speed alone.
absl::Status AddTotalRatioInterval(absl::Span<const double> predictions, absl::Span<const double> actuals, int threads,
                                   model::v1::ValueEvaluation& evaluation,
                                   dataset::Parts& parts = dataset::OnlyPart());

}  // namespace clientele::training
