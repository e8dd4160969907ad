// Whether some hyperplane separates the two classes: then no unpenalised coefficients exist, and a feature may give the
// label away.
#pragma once

#include "absl/status/statusor.h"
#include "services/training/learners/logistic_regression/problem.h"

namespace clientele::training {

// Looked for by going on from `fit` without the penalties, where the loss then falls by a factor at every step; only
// where the fit is so good, or the rows so few, that it may be. Errors: those of the problem's fits.
absl::StatusOr<bool> IsSeparable(LogisticProblem& problem, const LinearFit& fit);

}  // namespace clientele::training
