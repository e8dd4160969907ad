// The l1 penalty: coordinate descent on the quadratic model of a Newton step (Friedman, Hastie and Tibshirani 2010).
#pragma once

#include <vector>

#include "services/training/learners/linear/minimise.h"

namespace clientele::training {

// The step s, to be subtracted, that minimises -g s + s H s / 2 + l1 sum |coefficients - s|. Cost: O(D^2) a sweep over
// all coordinates that move.
std::vector<double> MinimiseQuadratic(const LinearObjective& objective, const Minimum& minimum, double l1);

// The gradient, with the l1 penalty's slope chosen to make each part as small as it can be: all 0 at the optimum.
std::vector<double> LeastSubgradient(const LinearObjective& objective, const Minimum& minimum, double l1);

}  // namespace clientele::training
