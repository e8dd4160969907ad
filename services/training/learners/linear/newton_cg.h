// Newton's method for thousands of columns: each step solves the quadratic model by conjugate gradients with a diagonal
// preconditioner, truncated (Dembo and Steihaug 1983); the Hessian is never formed.
//
// One-hot fields make the problem badly conditioned: adding a constant to all coefficients of a field and subtracting it
// from the intercept changes no fit, so only the penalty holds that direction. After each step it is minimised exactly: the
// field's mean moves into the intercept.
#pragma once

#include "services/training/learners/linear/minimise.h"

namespace clientele::training {

// As MinimiseByNewton, without l1. Cost: O(n d) a product with the Hessian.
absl::StatusOr<Minimum> MinimiseByNewtonCg(LinearObjective& objective, std::vector<double> start, int64_t rows,
                                           const LinearFitOptions& options, MinimumWatch watch,
                                           Journal* journal = nullptr);

}  // namespace clientele::training
