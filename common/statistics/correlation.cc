#include "common/statistics/correlation.h"

#include <cmath>
#include <limits>

#include "common/statistics/ranks.h"

namespace clientele::statistics {
namespace {

double Mean(absl::Span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

double Correlation(absl::Span<const double> a, absl::Span<const double> b) {
  const double mean_a = Mean(a), mean_b = Mean(b);
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return aa == 0 || bb == 0 ? std::numeric_limits<double>::quiet_NaN() : ab / std::sqrt(aa * bb);
}

double RankCorrelation(absl::Span<const double> a, absl::Span<const double> b) {
  return Correlation(MeanRanks(a), MeanRanks(b));
}

}  // namespace clientele::statistics
