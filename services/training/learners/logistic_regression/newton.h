// Newton's method with step halving for a logistic regression's objective.
#pragma once

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "services/training/learners/logistic_regression/objective.h"

namespace clientele::training {

struct NewtonOptions {
  double l2 = 1;
  int max_iterations = 100;
  double gradient_tolerance = 1e-9;  // Of max |gradient| / n.
  int64_t rows = 0;                  // n
};

struct NewtonResult {
  std::vector<double> parameters;  // [D]
  LogisticObjective::Value at;     // There.
  int iterations = 0;
  double gradient_norm = 0;  // max |gradient| / n.
  bool converged = false;    // The gradient is small enough, or rounding allows no better.
};

// Called before each step with what is known so far; false stops there.
using NewtonWatch = absl::FunctionRef<bool(int iteration, const LogisticObjective::Value& at)>;

// From `start` [D]. The objective never rises. Singular Hessians (collinear or constant columns) take the shortest step.
// Errors: those of the objective's sums. Cost: O(n D^2 + D^3) an iteration.
absl::StatusOr<NewtonResult> MinimiseByNewton(const LogisticObjective& objective, std::vector<double> start,
                                              const NewtonOptions& options, NewtonWatch watch);

}  // namespace clientele::training
