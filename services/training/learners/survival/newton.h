// Newton's method for a concave log-likelihood of few parameters, and what it may meet: columns that others determine,
// and a likelihood that rises for ever.
//
// A column is determined where its pivot in the Cholesky factorisation of the information at the start, scaled to a
// unit diagonal, is not nearly 0; the others (constant, or sums of earlier ones) stay at 0. Along the rest a step is
// halved until the likelihood rises. The gain that the next step promises, gradient' information^-1 gradient, shrinks
// quadratically; only where the likelihood has no maximum (an event is foretold perfectly; Bryson and Johnson 1981)
// does it shrink by a constant factor, with steps as long as ever: those parameters are told.
#pragma once

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace clientele::training::survival {

struct Derivatives {
  double value = 0;                 // Minus infinity: not a place to be; the others are not set.
  std::vector<double> gradient;     // [p]
  std::vector<double> information;  // [p x p]: minus the Hessian.
};

using Objective = absl::FunctionRef<absl::StatusOr<Derivatives>(absl::Span<const double> at)>;

struct NewtonResult {
  std::vector<double> at;  // [p]
  Derivatives start;
  Derivatives end;
  std::vector<double> covariance;  // [p x p]: the inverse information at the end; 0 for parameters not determined.
  std::vector<int> undetermined;   // Rising.
  std::vector<int> unbounded;      // Along which the likelihood rises for ever; their values mean "very far".
  int iterations = 0;
  bool converged = false;
  double gradient_norm = 0;  // Euclidean.
};

// `start` must have a finite value. Errors: of `objective`.
absl::StatusOr<NewtonResult> Maximise(Objective objective, std::vector<double> start, int max_iterations);

// right' information^-1 right, over the determined parameters alone.
double QuadraticForm(const Derivatives& derivatives, absl::Span<const int> undetermined);

}  // namespace clientele::training::survival
