#include "services/training/learners/survival/log_rank.h"

#include <algorithm>

#include "services/training/learners/survival/chi_squared.h"
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
  const std::vector<int64_t> order = TimeOrder({rows.durations, rows.ended, {}, {}});
  LogRank test;
  test.observed.assign(k, 0);
  test.expected.assign(k, 0);
  std::vector<double> at_risk(k, 0), events(k, 0), covariance(static_cast<size_t>(k) * k, 0);
  for (const int group : groups) ++at_risk[group];
  for (size_t i = 0; i < order.size();) {
    const auto r = static_cast<double>(order.size() - i);
    const double time = rows.durations[order[i]];
    std::vector<double> leaving(k, 0);
    double d = 0;
    for (; i < order.size() && rows.durations[order[i]] == time; ++i) {
      ++leaving[groups[order[i]]];
      if (rows.ended[order[i]] == 0) continue;
      ++d;
      ++test.observed[groups[order[i]]];
    }
    if (d > 0) {
      for (int j = 0; j < k; ++j) test.expected[j] += d * at_risk[j] / r;
      AddCovariance(at_risk, r, d, covariance);
    }
    for (int j = 0; j < k; ++j) at_risk[j] -= leaving[j];
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
  test.p_value = ChiSquaredTail(test.chi_squared, test.degrees_of_freedom);
  return test;
}

}  // namespace clientele::training::survival
