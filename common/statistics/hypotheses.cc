#include "common/statistics/hypotheses.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/statistics/chi_squared.h"

namespace clientele::statistics {
namespace {

double Sum(absl::Span<const int64_t> counts) {
  return static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
}

// P(K >= x) of Kolmogorov's distribution: an alternating series whose terms fall off as exp(-2 j^2 x^2), so that below
// 0.2, where it converges slowly, the answer is 1 to 12 digits.
double KolmogorovTail(double x) {
  if (x < 0.2) return 1;
  double sum = 0;
  for (int j = 1; j <= 100; ++j) {
    const double term = std::exp(-2.0 * j * j * x * x);
    sum += j % 2 == 1 ? term : -term;
    if (term < 1e-17) break;
  }
  return std::clamp(2 * sum, 0.0, 1.0);
}

}  // namespace

TestResult KolmogorovSmirnov(absl::Span<const int64_t> first, absl::Span<const int64_t> second) {
  const double n = Sum(first), m = Sum(second);
  if (n == 0 || m == 0) return {};
  TestResult result;
  double below_first = 0, below_second = 0;
  for (size_t b = 0; b < first.size(); ++b) {
    below_first += static_cast<double>(first[b]) / n;
    below_second += static_cast<double>(second[b]) / m;
    result.statistic = std::max(result.statistic, std::abs(below_first - below_second));
  }
  const double root = std::sqrt(n * m / (n + m));
  result.p_value = KolmogorovTail((root + 0.12 + 0.11 / root) * result.statistic);
  return result;
}

TestResult ChiSquaredHomogeneity(absl::Span<const int64_t> first, absl::Span<const int64_t> second) {
  const double n = Sum(first), m = Sum(second);
  if (n == 0 || m == 0) return {};
  TestResult result;
  int categories = 0;
  for (size_t b = 0; b < first.size(); ++b) {
    const double here = static_cast<double>(first[b] + second[b]);
    if (here == 0) continue;
    ++categories;
    const double expected_first = here * n / (n + m), expected_second = here * m / (n + m);
    result.statistic += std::pow(static_cast<double>(first[b]) - expected_first, 2) / expected_first +
                        std::pow(static_cast<double>(second[b]) - expected_second, 2) / expected_second;
  }
  result.p_value = ChiSquaredTail(result.statistic, categories - 1);
  return result;
}

std::vector<double> AdjustForFalseDiscoveries(absl::Span<const double> p_values) {
  std::vector<size_t> falling(p_values.size());
  std::iota(falling.begin(), falling.end(), size_t{0});
  std::stable_sort(falling.begin(), falling.end(), [&](size_t a, size_t b) { return p_values[a] > p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  const double n = static_cast<double>(p_values.size());
  double least = 1;
  for (size_t i = 0; i < falling.size(); ++i) {
    least = std::min(least, p_values[falling[i]] * n / (n - static_cast<double>(i)));
    adjusted[falling[i]] = least;
  }
  return adjusted;
}

}  // namespace clientele::statistics
