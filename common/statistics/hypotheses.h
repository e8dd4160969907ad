// Whether two samples are of one distribution, and which of many such findings are more than chance.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace clientele::statistics {

struct TestResult {
  double statistic = 0;
  double p_value = 1;
};

// Two samples counted in the same ordered bins [b each]: the largest difference of their distributions at the bins'
// ends (Kolmogorov and Smirnov), and its asymptotic p-value with Stephens' correction for small samples. Bins hide
// what happens inside them, so that the p-value is too large rather than too small. 1 where a sample is empty.
TestResult KolmogorovSmirnov(absl::Span<const int64_t> first, absl::Span<const int64_t> second);

// Two samples counted in the same categories [b each]: Pearson's test of homogeneity. Categories that neither has do
// not count. 1 where a sample is empty or there is one category.
TestResult ChiSquaredHomogeneity(absl::Span<const int64_t> first, absl::Span<const int64_t> second);

// p-values, each raised to the lowest false discovery rate at which it would still be called a finding (Benjamini and
// Hochberg 1995). In the order given. Cost: O(n log n).
std::vector<double> AdjustForFalseDiscoveries(absl::Span<const double> p_values);

}  // namespace clientele::statistics
