// The gate: decides, from its evaluation, what becomes of a trained model, and says why.
#pragma once

#include "clientele/model/v1/evaluation.pb.h"
#include "clientele/model/v1/training_spec.pb.h"

namespace clientele::training {

// The default rules (see Gate in training_spec.proto) unless the spec turns them off, then the spec's own. The worst
// consequence of a rule that fails is the decision. `champion` is the evaluation of the version that serves now, best
// on the same holdout, or null. A metric that is not a number fails its rule. Pure.
model::v1::GateDecision Decide(const model::v1::TrainingSpec& spec, const model::v1::Evaluation& evaluation,
                               const model::v1::Evaluation* champion);

}  // namespace clientele::training
