// Where a score lies among the training rows' scores.
#pragma once

#include <algorithm>

namespace clientele::model {

// 0 to 100. `quantiles` are 101, rising, of 0 % to 100 %. Between two quantiles linearly; a score that many rows share has
// the middle of their percentiles.
template <typename Quantiles>
double PercentileAmong(const Quantiles& quantiles, double score) {
  const auto first = std::lower_bound(quantiles.begin(), quantiles.end(), score);
  if (first == quantiles.end()) return 100;
  const auto below = static_cast<double>(first - quantiles.begin());
  if (*first == score) {
    const auto last = std::upper_bound(first, quantiles.end(), score);
    return (below + static_cast<double>(last - quantiles.begin()) - 1) / 2;
  }
  if (first == quantiles.begin()) return 0;
  return below - 1 + (score - *(first - 1)) / (*first - *(first - 1));
}

}  // namespace clientele::model
