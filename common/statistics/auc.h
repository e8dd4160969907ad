// The area under the ROC curve, and how sure it is.
#pragma once

#include <vector>

#include "absl/types/span.h"

namespace clientele::statistics {

struct Auc {
  // The chance that a positive row scores higher than a negative one, ties counting half. NaN where a class is empty.
  double value = 0;
  // DeLong, DeLong and Clarke-Pearson 1988, from one sorting. NaN where a class has fewer than two rows.
  double standard_error = 0;
};

// `labels` are 0 or 1. Pure. Cost: O(n log n).
Auc AucWithError(absl::Span<const double> scores, absl::Span<const double> labels);

// How much each row moves the area: it is as if the area were its value plus the mean of these, whose mean is 0. All
// NaN where a class is empty.
std::vector<double> AucInfluences(absl::Span<const double> scores, absl::Span<const double> labels);

// The value alone.
double AreaUnderCurve(absl::Span<const double> scores, absl::Span<const double> labels);

}  // namespace clientele::statistics
