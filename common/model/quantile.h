// Exact quantiles of type 7 (Hyndman and Fan 1996): linear between the order statistics around (n - 1) q.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace clientele::model {

// Where the q-quantile of n values lies: after how many of them, and how far towards the next.
struct QuantilePlace {
  QuantilePlace(size_t n, double q) {
    const double position = (static_cast<double>(n) - 1) * q;
    index = static_cast<size_t>(std::floor(position));
    weight = position - static_cast<double>(index);
    if (index + 1 >= n) weight = 0;
  }
  size_t index;
  double weight;
};

// The q-quantile, q in [0, 1], of `values`: not empty, no NaN. Reorders them. Cost: O(n).
template <typename T>
double Quantile(std::vector<T>& values, double q) {
  const QuantilePlace place(values.size(), q);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(place.index);
  std::nth_element(values.begin(), at, values.end());
  const double below = *at;
  if (place.weight == 0) return below;
  const double above = *std::min_element(at + 1, values.end());
  return below + place.weight * (above - below);
}

// The same of values in rising order. Cost: O(1). Rises with q, to the bit.
template <typename T>
double SortedQuantile(const std::vector<T>& values, double q) {
  const QuantilePlace place(values.size(), q);
  const double below = values[place.index];
  if (place.weight == 0) return below;
  const double above = values[place.index + 1];
  return std::min(above, below + place.weight * (above - below));
}

}  // namespace clientele::model
