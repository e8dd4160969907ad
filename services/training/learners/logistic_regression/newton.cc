#include "services/training/learners/logistic_regression/newton.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/base/status_macros.h"
#include "services/training/learners/symmetric_system.h"

namespace clientele::training {
namespace {

constexpr int kMostHalvings = 40;
constexpr double kSufficientDecrease = 1e-4;
// Relative to the objective: what rounding of a sum over many rows may hide.
constexpr double kRounding = 1e-13;

double Dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

std::vector<double> Stepped(const std::vector<double>& from, const std::vector<double>& step, double length) {
  std::vector<double> to = from;
  for (size_t i = 0; i < to.size(); ++i) to[i] -= length * step[i];
  return to;
}

double GradientNorm(const LogisticObjective::Value& at, int64_t rows) {
  double norm = 0;
  for (const double slope : at.gradient) norm = std::max(norm, std::abs(slope));
  return norm / static_cast<double>(rows);
}

// The longest of 1, 1/2, 1/4, ... steps that lowers the objective enough; 0 where none does.
absl::StatusOr<double> StepLength(const LogisticObjective& objective, const NewtonResult& result,
                                  const std::vector<double>& step, double decrement, double l2) {
  const double slack = kRounding * std::abs(result.at.value);
  double length = 1;
  for (int halving = 0; halving < kMostHalvings; ++halving, length /= 2) {
    CLIENTELE_ASSIGN_OR_RETURN(const double value,
                               objective.EvaluateValue(Stepped(result.parameters, step, length), l2));
    if (value <= result.at.value - kSufficientDecrease * length * decrement + slack) return length;
  }
  return 0.0;
}

}  // namespace

absl::StatusOr<NewtonResult> MinimiseByNewton(const LogisticObjective& objective, std::vector<double> start,
                                              const NewtonOptions& options, NewtonWatch watch) {
  NewtonResult result;
  result.parameters = std::move(start);
  CLIENTELE_ASSIGN_OR_RETURN(result.at, objective.Evaluate(result.parameters, options.l2));
  while (true) {
    result.gradient_norm = GradientNorm(result.at, options.rows);
    result.converged = result.gradient_norm <= options.gradient_tolerance;
    if (!watch(result.iterations, result.at)) return result;
    if (result.converged || result.iterations >= options.max_iterations) return result;
    const SymmetricSystem system(result.at.hessian, objective.num_parameters());
    const std::vector<double> step = system.Solve(result.at.gradient);
    const double decrement = Dot(result.at.gradient, step);
    if (decrement <= 1e-3 * kRounding * std::abs(result.at.value)) {
      result.converged = true;
      return result;
    }
    CLIENTELE_ASSIGN_OR_RETURN(const double length, StepLength(objective, result, step, decrement, options.l2));
    if (length == 0) {
      result.converged = decrement <= 1e-6 * std::abs(result.at.value);
      return result;
    }
    result.parameters = Stepped(result.parameters, step, length);
    CLIENTELE_ASSIGN_OR_RETURN(result.at, objective.Evaluate(result.parameters, options.l2));
    ++result.iterations;
  }
}

}  // namespace clientele::training
