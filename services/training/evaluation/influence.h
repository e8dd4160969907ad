// Influence functions of measures (Hampel 1974): how much each row moves a measure. It is as if the measure of n rows
// were its value plus the mean of n numbers whose mean is 0, so that their spread tells its standard error; and the
// spread of two models' differences, row by row, tells that of the measures' difference, where rows that are hard for
// both cancel out. For the area under the ROC curve this is the test of DeLong, DeLong and Clarke-Pearson (1988).
#pragma once

#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace clientele::training {

// All by the names of gates, of n rows in row order; [n], or empty where the measure is none of smooth means: ranks,
// and what is 0 / 0. Pure. Cost: O(n), of `auc` O(n log n).

// `labels` are 0 or 1.
std::vector<double> ClassifierInfluences(absl::string_view metric, absl::Span<const double> probabilities,
                                         absl::Span<const double> labels, double threshold);
std::vector<double> ValueInfluences(absl::string_view metric, absl::Span<const double> predictions,
                                    absl::Span<const double> actuals);
// `probabilities` [n x k] row-major; `labels` [n]: the index of each row's class.
std::vector<double> ClassesInfluences(absl::string_view metric, absl::Span<const double> probabilities,
                                      absl::Span<const double> labels);

// Of a measure with these influences; NaN below two rows.
double StandardErrorOf(absl::Span<const double> influences);

}  // namespace clientele::training
