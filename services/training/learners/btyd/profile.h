// How far one unknown may go before the data speak against it, all others at their best for it: where the profile of
// the log-likelihood has fallen by so much (Venzon and Moolgavkar 1988). The set of values within is what a likelihood
// ratio test does not reject. Unlike value +- 2 standard errors it needs no parabola: of a skewed likelihood the two
// sides differ, and where a side is flat it has no end.
//
// Twice the fall's root is nearly linear in the unknown. Newton's method on it takes two or three steps, and each a
// step or two of the others from where their tangent leads. Cost: some 4 passes over the rows a bound, up to 30 on a
// ridge.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/stop_token.h"
#include "services/training/learners/btyd/objective.h"
#include "services/training/learners/btyd/trust_region.h"

namespace clientele::training::btyd {

enum class Side { kBelow, kAbove };

struct ProfileBound {
  std::vector<double> eta;  // [D]: the unknown at its bound, the others at their best for it.
  bool reached = false;     // False: the likelihood falls by less however far the unknown goes.
};

// Of log parameter `unknown`, from the maximum `best`, whose value may be short of the highest by what nobody sees.
// `fall` > 0. "However far" is a factor of e^25. Errors: those of `stop`.
absl::StatusOr<ProfileBound> FindProfileBound(FitObjective& objective, const Maximum& best, int unknown, Side side,
                                              double fall, int max_iterations, const StopToken& stop);

}  // namespace clientele::training::btyd
