#include "services/training/learners/linear/minimise.h"

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"

namespace clientele::training {
namespace {

using Part = LinearObjective::Part;

constexpr int kMostHalvings = 40;
constexpr double kSufficientDecrease = 1e-4;

std::vector<double> Stepped(const std::vector<double>& from, const std::vector<double>& step, double length) {
  std::vector<double> to = from;
  for (size_t i = 0; i < to.size(); ++i) to[i] -= length * step[i];
  return to;
}

}  // namespace

double AbsolutePenalty(const LinearObjective& objective, const std::vector<double>& parameters, double l1) {
  if (l1 == 0) return 0;
  double sum = 0;
  for (int i = 0; i < objective.size(); ++i) sum += objective.IsIntercept(i) ? 0 : std::abs(parameters[i]);
  return l1 * sum;
}

absl::StatusOr<bool> TakeStep(LinearObjective& objective, const std::vector<double>& step, double decrement,
                              double l1, Part part, Minimum& minimum) {
  const double before = minimum.at.value + AbsolutePenalty(objective, minimum.parameters, l1);
  const double slack = kRounding * std::abs(before);
  double length = 1;
  for (int halving = 0; halving < kMostHalvings; ++halving, length /= 2) {
    std::vector<double> parameters = Stepped(minimum.parameters, step, length);
    // The whole step is nearly always right: everything is evaluated there at once. Shorter ones are tried by the loss alone.
    const Part tried = halving == 0 ? part : Part::kLoss;
    CLIENTELE_ASSIGN_OR_RETURN(LinearObjective::Value at, objective.Evaluate(parameters, tried));
    const double after = at.value + AbsolutePenalty(objective, parameters, l1);
    // Written so that a NaN is no progress.
    if (!(after <= before - kSufficientDecrease * length * decrement + slack)) continue;
    if (tried != part) {
      CLIENTELE_ASSIGN_OR_RETURN(at, objective.Evaluate(parameters, part));
    }
    // A Hessian that was not asked for again is the one before.
    if (part != Part::kHessian) at.hessian = std::move(minimum.at.hessian);
    minimum.parameters = std::move(parameters);
    minimum.at = std::move(at);
    return true;
  }
  return false;
}

}  // namespace clientele::training
