#include "common/statistics/divergence.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace clientele::statistics {
namespace {

double Sum(absl::Span<const int64_t> counts) {
  return static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
}

// What one side contributes to the divergence from the mean of both.
double Divergence(double share, double mean) { return share > 0 ? share * std::log2(share / mean) / 2 : 0; }

}  // namespace

double PopulationStabilityIndex(absl::Span<const int64_t> before, absl::Span<const int64_t> now) {
  const double n = Sum(before), m = Sum(now);
  if (n == 0 || m == 0) return 0;
  double index = 0;
  for (size_t b = 0; b < before.size(); ++b) {
    if (before[b] == 0 && now[b] == 0) continue;
    const double p = std::max(static_cast<double>(now[b]), 0.5) / m;
    const double q = std::max(static_cast<double>(before[b]), 0.5) / n;
    index += (p - q) * std::log(p / q);
  }
  return index;
}

double JensenShannonDivergence(absl::Span<const int64_t> before, absl::Span<const int64_t> now) {
  const double n = Sum(before), m = Sum(now);
  if (n == 0 || m == 0) return 0;
  double divergence = 0;
  for (size_t b = 0; b < before.size(); ++b) {
    const double p = static_cast<double>(now[b]) / m, q = static_cast<double>(before[b]) / n;
    divergence += Divergence(p, (p + q) / 2) + Divergence(q, (p + q) / 2);
  }
  return std::max(0.0, divergence);
}

}  // namespace clientele::statistics
