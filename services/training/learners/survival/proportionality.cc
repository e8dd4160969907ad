#include "services/training/learners/survival/proportionality.h"

#include <algorithm>

#include "common/base/status_macros.h"
#include "services/training/learners/symmetric_system.h"

namespace clientele::training::survival {
namespace {

// 1 - S(t-) at each group's time, less its mean over the events.
std::vector<double> TransformedTimes(const CoxObjective& objective, const KaplanMeier& curve) {
  std::vector<double> times;
  double sum = 0, events = 0;
  for (const CoxObjective::Group& group : objective.groups()) {
    const auto at = std::lower_bound(curve.times.begin(), curve.times.end(), group.time) - curve.times.begin();
    times.push_back(at == 0 ? 0 : 1 - curve.survival[at - 1]);
    sum += times.back() * static_cast<double>(group.events());
    events += static_cast<double>(group.events());
  }
  for (double& time : times) time -= sum / events;
  return times;
}

// Square matrices of the determined columns.
std::vector<double> Part(const std::vector<double>& matrix, int d, const std::vector<int>& kept) {
  std::vector<double> part;
  for (const int i : kept) {
    for (const int j : kept) part.push_back(matrix[i * d + j]);
  }
  return part;
}

// c - b' a^-1 b, all [k x k] and symmetric: the variance of the products' score, the columns' being at their maximum.
std::vector<double> GivenColumns(const std::vector<double>& a, const std::vector<double>& b, std::vector<double> c,
                                 int k) {
  const SymmetricSystem system(a, k);
  for (int j = 0; j < k; ++j) {
    const std::vector<double> solved = system.Solve(absl::MakeConstSpan(b).subspan(static_cast<size_t>(j) * k, k));
    for (int i = 0; i < k; ++i) {
      for (int m = 0; m < k; ++m) c[i * k + j] -= b[i * k + m] * solved[m];
    }
  }
  return c;
}

}  // namespace

absl::StatusOr<Proportionality> TestProportionality(CoxObjective& objective, const CoxFit& fit,
                                                    const KaplanMeier& curve) {
  const int d = objective.columns();
  Proportionality test;
  test.chi_squared.assign(d, 0);
  std::vector<int> kept;
  for (int j = 0; j < d; ++j) {
    if (!std::binary_search(fit.undetermined.begin(), fit.undetermined.end(), j)) kept.push_back(j);
  }
  const std::vector<double> times = TransformedTimes(objective, curve);
  std::vector<double> squares = times;
  for (double& square : squares) square *= square;
  CLIENTELE_ASSIGN_OR_RETURN(const Derivatives of_squares, objective.Evaluate(fit.coefficients, squares));
  CLIENTELE_ASSIGN_OR_RETURN(const Derivatives of_times, objective.Evaluate(fit.coefficients, times));
  CLIENTELE_ASSIGN_OR_RETURN(const Derivatives plain, objective.Evaluate(fit.coefficients));
  const int k = static_cast<int>(kept.size());
  if (k == 0) return test;
  const std::vector<double> variance = GivenColumns(
      Part(plain.information, d, kept), Part(of_times.information, d, kept), Part(of_squares.information, d, kept), k);
  std::vector<double> score;
  for (int i = 0; i < k; ++i) {
    score.push_back(of_times.gradient[kept[i]]);
    if (variance[i * k + i] > 0) test.chi_squared[kept[i]] = score[i] * score[i] / variance[i * k + i];
  }
  const std::vector<double> solved = SymmetricSystem(variance, k).Solve(score);
  for (int i = 0; i < k; ++i) test.global_chi_squared += score[i] * solved[i];
  test.degrees_of_freedom = k;
  return test;
}

}  // namespace clientele::training::survival
