// Whether hazards are proportional: Grambsch and Therneau's test (1994) in its exact form, the score test of adding to
// each column x the product x g(t), g = 1 - S(t-), S the Kaplan-Meier curve of all rows.
//
// With U the score of the products at the fit, and V(t) what each time adds to the information, the information of
// columns and products together has the blocks sum V, sum g V, sum g^2 V. Of one column: U_j^2 over its variance given
// all columns; of all together U' (that variance)^-1 U. Cost: three passes of the objective.
#pragma once

#include <vector>

#include "services/training/learners/survival/cox.h"
#include "services/training/learners/survival/kaplan_meier.h"

namespace clientele::training::survival {

struct Proportionality {
  std::vector<double> chi_squared;  // [d], one degree of freedom each; 0 where the column is not determined.
  double global_chi_squared = 0;
  int degrees_of_freedom = 0;  // Of the global test.
};

// `curve` is of all the objective's rows. Leaves `objective` evaluated at the coefficients. Errors: of the stop token.
absl::StatusOr<Proportionality> TestProportionality(CoxObjective& objective, const CoxFit& fit,
                                                    const KaplanMeier& curve);

}  // namespace clientele::training::survival
