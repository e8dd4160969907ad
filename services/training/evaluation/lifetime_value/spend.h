// Whether the model of spend holds: Gamma-Gamma takes a customer's mean spend not to depend on how often the customer buys,
// and says how means of x purchases are spread over customers.
#pragma once

#include <vector>

#include "clientele/model/v1/evaluation.pb.h"
#include "common/model/lifetime_value/lifetime_model.h"
#include "services/training/evaluation/lifetime_value/rows.h"

namespace clientele::training {

// The correlation of frequency and mean spend, and customers with repeat purchases by mean spend beside what is expected
// at covariates 0: the mean z of x purchases has x z / (gamma + x z) ~ Beta(p x, q). Cost: O(n + 20 x distinct frequencies).
void AddSpend(const model::LifetimeModel& model, const std::vector<LifetimeRow>& rows,
              model::v1::LifetimeValueEvaluation& evaluation);

}  // namespace clientele::training
