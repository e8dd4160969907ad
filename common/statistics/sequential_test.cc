#include "common/statistics/sequential_test.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace clientele::statistics {
namespace {

constexpr double kAlpha = 0.05;
constexpr double kTauInDeviations = 0.1;

struct Moments {
  double n = 0;
  double mean = 0;
  double variance = 0;  // Of one value.
};

Moments MomentsOf(absl::Span<const double> values) {
  Moments moments;
  moments.n = static_cast<double>(values.size());
  for (const double value : values) moments.mean += value;
  moments.mean /= moments.n;
  for (const double value : values) moments.variance += (value - moments.mean) * (value - moments.mean);
  moments.variance /= std::max(1.0, moments.n - 1);
  return moments;
}

}  // namespace

SequentialComparison CompareMeans(absl::Span<const double> first, absl::Span<const double> second) {
  const Moments a = MomentsOf(first), b = MomentsOf(second);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  SequentialComparison result{a.mean - b.mean, -kInfinity, kInfinity, 1};
  const double variance = a.variance / a.n + b.variance / b.n;
  if (std::min(a.n, b.n) < kLeastSequentialRows || !(variance > 0)) return result;
  const double pooled = (a.variance * a.n + b.variance * b.n) / (a.n + b.n);
  const double mixing = kTauInDeviations * kTauInDeviations * pooled;
  const double both = variance + mixing;
  const double log_ratio = 0.5 * std::log(variance / both) +
                           result.difference * result.difference * mixing / (2 * variance * both);
  result.p_value = std::min(1.0, std::exp(-log_ratio));
  const double half = std::sqrt(2 * variance * both / mixing * (0.5 * std::log(both / variance) - std::log(kAlpha)));
  result.lower = result.difference - half;
  result.upper = result.difference + half;
  return result;
}

}  // namespace clientele::statistics
