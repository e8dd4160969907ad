// The choice of the penalties by cross-validation, on a path of falling strengths (Friedman, Hastie, Tibshirani 2010).
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "clientele/model/v1/logistic_regression.pb.h"
#include "services/training/learners/logistic_regression/problem.h"

namespace clientele::training {

struct PathChoice {
  Penalties penalties;
  LinearFit fit;  // Of all rows at these.
  std::vector<model::v1::LogisticRegressionModel::PathPoint> points;
};

// Strengths fall evenly on the log scale from the least at which all coefficients are 0; each fit starts from the one
// before. Chosen is the strength with the least mean log loss of the rows left out (weighted as the fit is), or by the
// rule of one standard error the greatest whose loss is within one. Every fold sees the same strengths. `path` is valid.
// Errors: those of the problem's fits. Cost: (folds + 1) x strengths fits.
absl::StatusOr<PathChoice> ChooseOnPath(LogisticProblem& problem, const model::v1::PenaltyPath& path);

// How many fits that is.
int CountPathFits(const model::v1::PenaltyPath& path, int folds);

}  // namespace clientele::training
