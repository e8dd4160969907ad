// All customers together: what they are worth, with intervals of the parameters' uncertainty, and who holds how much of it.
#pragma once

#include <vector>

#include "clientele/model/v1/evaluation.pb.h"
#include "clientele/model/v1/lifetime_value.pb.h"
#include "services/training/evaluation/lifetime_value/rows.h"

namespace clientele::training {

// Tiers are by the percentile of the value among the training rows. Cost: O(n log n).
void AddPortfolio(const model::LifetimeModel& model, const LifetimeRows& rows,
                  const google::protobuf::RepeatedPtrField<model::v1::LifetimeValueParameters::Tier>& tiers,
                  model::v1::LifetimeValueEvaluation& evaluation);

}  // namespace clientele::training
