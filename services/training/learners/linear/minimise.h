// What the engine's methods share: where they stand, what they do in the end, and the step they are willing to take.
#pragma once

#include <cmath>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "services/training/learners/linear/fit.h"
#include "services/training/learners/linear/objective.h"

namespace clientele::training {

// Relative to the objective: what rounding of a sum over many rows may hide.
inline constexpr double kRounding = 1e-13;

// In the engine's order and centred columns, unlike a LinearFit.
struct Minimum {
  std::vector<double> parameters;
  LinearObjective::Value at;
  int iterations = 0;
  double gradient_norm = 0;  // max |gradient| / n; with an l1 penalty, of the least subgradient.
  bool converged = false;
  double left_again = 1;     // What another step with the same Hessian leaves of the gradient, at most. 1: unknown.
};

// Called before each step; false stops there.
using MinimumWatch = absl::FunctionRef<bool(const Minimum&)>;

inline double DotProduct(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

inline double LargestOf(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

// l1 sum |coefficients|.
double AbsolutePenalty(const LinearObjective& objective, const std::vector<double>& parameters, double l1);

// Moves `minimum` to parameters - length step for the longest of 1, 1/2, 1/4, ... that lowers the objective by a fair
// share of `decrement`, what the quadratic model promises; evaluates `part` there. False, and nothing moved: there is none.
absl::StatusOr<bool> TakeStep(LinearObjective& objective, const std::vector<double>& step, double decrement,
                              double l1, LinearObjective::Part part, Minimum& minimum);

}  // namespace clientele::training
