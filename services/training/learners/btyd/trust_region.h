// Newton's method within a trust region: maximises a FitObjective, over all unknowns or over some.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/stop_token.h"
#include "services/training/learners/btyd/objective.h"

namespace clientele::training::btyd {

// No log parameter goes beyond.
inline constexpr double kFarthestLog = 60;

// When to stop: what the next step promises is not above `least_gain` or the rounding of the objective.
struct StoppingRule {
  int max_iterations = 200;
  double least_gain = 0;
};

struct Maximum {
  std::vector<double> eta;  // [D]
  ObjectiveValue at;
  int iterations = 0;
  bool converged = false;  // As well as the rule asks.
};

// From `start` [D]; unknowns with free[i] = false stay where they are (empty: all are free). Where the objective is not
// concave a direction of positive curvature is followed uphill as if it were a negative one. A step is never longer
// than a factor of exp(4) in any parameter: a maximum at infinity is followed until nothing is gained. Not finite at
// `start`: returned as it is, not converged. Errors: those of `stop`. Cost: one pass over the rows a step.
absl::StatusOr<Maximum> Maximise(FitObjective& objective, absl::Span<const double> start, const std::vector<bool>& free,
                                 const StoppingRule& rule, const StopToken& stop);

}  // namespace clientele::training::btyd
