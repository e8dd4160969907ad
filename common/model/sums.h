// Sums of products in one fixed order: four partial sums, of every fourth term each, then those. The order is part of
// the result; it keeps four additions in flight where a plain loop waits for each.
#pragma once

#include <cstddef>

namespace clientele::model {

inline double DotProduct(const double* a, const double* b, size_t n) {
  double sums[4] = {0, 0, 0, 0};
  size_t j = 0;
  for (; j + 4 <= n; j += 4) {
    for (size_t lane = 0; lane < 4; ++lane) sums[lane] += a[j + lane] * b[j + lane];
  }
  for (size_t lane = 0; j < n; ++j, ++lane) sums[lane] += a[j] * b[j];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

inline double SquaredDistance(const double* a, const double* b, size_t n) {
  double sums[4] = {0, 0, 0, 0};
  const auto square = [&](size_t j) { return (a[j] - b[j]) * (a[j] - b[j]); };
  size_t j = 0;
  for (; j + 4 <= n; j += 4) {
    for (size_t lane = 0; lane < 4; ++lane) sums[lane] += square(j + lane);
  }
  for (size_t lane = 0; j < n; ++j, ++lane) sums[lane] += square(j);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace clientele::model
