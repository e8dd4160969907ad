// Newton's method with step halving. A Hessian is one fused pass over the rows; where it hardly changes, the last one is used
// again and a pass for the gradient is enough: near the optimum, and at a start for which a sample has told it. A quadratic
// objective needs the one pass alone, where rounding cannot have moved the minimum by more than the tolerance.
#pragma once

#include "services/training/learners/linear/minimise.h"

namespace clientele::training {

// Where to begin, in the engine's order and centred columns.
struct NewtonStart {
  std::vector<double> parameters;
  // About the Hessian there, as a sample has it. Steps use it, but the end never does. Empty: it is summed over the rows.
  std::vector<double> hessian = {};
};

// `rows` is n. With options.l1 the quadratic model is
// minimised by coordinate descent (Friedman, Hastie and Tibshirani 2010; Lee, Sun and Saunders 2014). Directions of
// negative curvature are followed downhill. Where the rows hardly determine a direction, the objective turns to exact
// Hessians. It notes each iteration in `journal`, and begins where that says it had got to; null: neither. Errors:
// those of the objective's sums. Cost: O(n (H d)^2 + (H D)^3) an iteration.
absl::StatusOr<Minimum> MinimiseByNewton(LinearObjective& objective, NewtonStart start, int64_t rows,
                                         const LinearFitOptions& options, MinimumWatch watch,
                                         Journal* journal = nullptr);

}  // namespace clientele::training
