// Where a minimisation stands, as a step of a learner's journal.
#pragma once

#include "clientele/training/v1/checkpoint.pb.h"
#include "services/training/learners/linear/minimise.h"

namespace clientele::training {

// `exact`: whether the objective sums Hessians in float64; `first_gradient_norm`: where the method began, if it wants
// that.
v1::CheckpointStep ToStep(const Minimum& minimum, bool exact, double first_gradient_norm = 0);
Minimum FromState(const v1::NewtonState& state);

}  // namespace clientele::training
