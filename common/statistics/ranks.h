// Orders and ranks of scores, with ties made the same everywhere.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace clientele::statistics {

// Row numbers by falling score; equal scores in row order.
std::vector<int64_t> OrderByScore(absl::Span<const double> scores);

// 1 for the lowest score; equal scores share the mean of their ranks.
std::vector<double> MeanRanks(absl::Span<const double> scores);

// Where decile i of n rows begins: n i / 10.
inline int64_t DecileBegin(int64_t n, int i) { return n * i / 10; }

}  // namespace clientele::statistics
