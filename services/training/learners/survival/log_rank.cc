#include "services/training/learners/survival/log_rank.h"

#include <algorithm>
#include <numeric>

#include "common/statistics/chi_squared.h"
#include "services/training/learners/symmetric_system.h"

namespace clientele::training::survival {
namespace {

// Adds the covariance of the groups' events at one time.
void AddCovariance(const std::vector<double>& at_risk, double r, double d, std::vector<double>& covariance) {
  if (r <= 1) return;
  const size_t k = at_risk.size();
  const double factor = d * (r - d) / (r - 1);
  for (size_t i = 0; i < k; ++i) {
    const double share = at_risk[i] / r;
    for (size_t j = 0; j < k; ++j) covariance[i * k + j] += factor * share * ((i == j ? 1 : 0) - at_risk[j] / r);
  }
}

}  // namespace

LogRank TestLogRank(const Rows& rows, absl::Span<const int> groups, int k) {
  const std::vector<int64_t> order = TimeOrder({rows.durations, rows.ended, rows.weights, {}});
  LogRank test;
  test.observed.assign(k, 0);
  test.expected.assign(k, 0);
  std::vector<double> at_risk(k, 0), covariance(static_cast<size_t>(k) * k, 0);
  // From the last time back, so that who is at risk adds up from nothing.
  for (size_t i = order.size(); i > 0;) {
    const double time = rows.durations[order[i - 1]];
    double d = 0;
    for (; i > 0 && rows.durations[order[i - 1]] == time; --i) {
      const int64_t row = order[i - 1];
      at_risk[groups[row]] += rows.weight(row);
      if (rows.ended[row] == 0) continue;
      d += rows.weight(row);
      test.observed[groups[row]] += rows.weight(row);
    }
    if (d == 0) continue;
    const double r = std::accumulate(at_risk.begin(), at_risk.end(), 0.0);
    for (int j = 0; j < k; ++j) test.expected[j] += d * at_risk[j] / r;
    AddCovariance(at_risk, r, d, covariance);
  }
  std::vector<double> difference(k);
  for (int j = 0; j < k; ++j) {
    difference[j] = test.observed[j] - test.expected[j];
    test.degrees_of_freedom += test.expected[j] > 0;
  }
  test.degrees_of_freedom = std::max(test.degrees_of_freedom - 1, 0);
  // The rows of the covariance add up to 0; the statistic is the same whichever group is left out.
  const std::vector<double> solution = SymmetricSystem(covariance, k).Solve(difference);
  for (int j = 0; j < k; ++j) test.chi_squared += difference[j] * solution[j];
  test.p_value = statistics::ChiSquaredTail(test.chi_squared, test.degrees_of_freedom);
  return test;
}

}  // namespace clientele::training::survival
