// How two columns go together.
#pragma once

#include "absl/types/span.h"

namespace clientele::statistics {

// Pearson's. NaN where one of them is constant or empty.
double Correlation(absl::Span<const double> a, absl::Span<const double> b);

// Spearman's: of the ranks, ties by mean rank.
double RankCorrelation(absl::Span<const double> a, absl::Span<const double> b);

}  // namespace clientele::statistics
