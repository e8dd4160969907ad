#include "services/training/learners/survival/retention.h"

#include <cmath>
#include <vector>

#include "common/base/status_macros.h"
#include "services/training/learners/btyd/beta_geometric_likelihood.h"
#include "services/training/learners/btyd/fit.h"
#include "services/training/learners/btyd/rows.h"

namespace clientele::training::survival {
namespace {

// Equal durations are one row of (periods, left).
btyd::CollapsedRows CountPeriods(const Rows& rows) {
  std::vector<double> periods, left, weights;
  for (int64_t i = 0; i < rows.size(); ++i) {
    const bool ended = rows.ended[i] != 0;
    periods.push_back(ended ? std::ceil(rows.durations[i]) : std::floor(rows.durations[i]));
    left.push_back(ended);
    weights.push_back(rows.weight(i));
  }
  return btyd::CollapseRows({periods, left, {}}, weights, /*threads=*/1);
}

struct Totals {
  double left = 0;
  double renewals = 0;
};

Totals TotalsOf(const btyd::CollapsedRows& rows) {
  Totals totals;
  for (size_t i = 0; i < rows.weights.size(); ++i) {
    totals.left += rows.weights[i] * rows.second[i];
    totals.renewals += rows.weights[i] * (rows.first[i] - rows.second[i]);
  }
  return totals;
}

}  // namespace

absl::StatusOr<RetentionFit> FitRetention(const Rows& rows, int max_iterations) {
  const btyd::CollapsedRows distinct = CountPeriods(rows);
  const Totals totals = TotalsOf(distinct);
  if (!(totals.left > 0)) return absl::FailedPreconditionError("nobody has left: there is no event to learn from");
  if (!(totals.renewals > 0)) return absl::FailedPreconditionError("nobody has renewed: all left in the first period");
  btyd::BtydFitOptions options;
  options.max_iterations = max_iterations;
  options.profile_intervals = false;  // The covariance is all that is told of it.
  CLIENTELE_ASSIGN_OR_RETURN(
      const btyd::BtydFit found,
      btyd::FitBtyd(btyd::BetaGeometricLikelihood(), btyd::BetaGeometricTraits(distinct.rows(), distinct.weights),
                    distinct.rows(), distinct.weights, {}, options, StopToken()));
  RetentionFit fit;
  fit.alpha = found.parameters[0].value;
  fit.beta = found.parameters[1].value;
  fit.covariance = {fit.alpha * fit.alpha * found.covariance[0], fit.alpha * fit.beta * found.covariance[1],
                    fit.alpha * fit.beta * found.covariance[2], fit.beta * fit.beta * found.covariance[3]};
  fit.log_likelihood = found.log_likelihood;
  const double rate = totals.left / (totals.left + totals.renewals);
  fit.log_likelihood_null = totals.left * std::log(rate) + totals.renewals * std::log1p(-rate);
  fit.alike = found.optimum == btyd::Optimum::kHomogeneous;
  fit.iterations = found.iterations;
  fit.gradient_norm = found.gradient_norm;
  return fit;
}

}  // namespace clientele::training::survival
