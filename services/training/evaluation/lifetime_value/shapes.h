// What a fitted model looks like: P(alive) and purchases ahead over all histories, and how customers differ.
#pragma once

#include <vector>

#include "clientele/model/v1/evaluation.pb.h"
#include "common/model/lifetime_value/lifetime_model.h"
#include "services/training/evaluation/lifetime_value/rows.h"

namespace clientele::training {

// `probability_alive` and `expected_purchases` (in the model's horizon) at covariates 0, at the age of the oldest row, for
// frequencies from 0 to what 99 % of the rows have (5 to 25) and 21 recencies.
void AddSurfaces(const model::LifetimeModel& model, const std::vector<LifetimeRow>& rows,
                 model::v1::LifetimeValueEvaluation& evaluation);

// How the rates of customers at covariates 0 are spread: densities at about 100 places. `purchase_rate` and, of Pareto/NBD,
// `dropout_rate` a unit of time; `dropout_probability` at a purchase (BG/NBD) or a period (BG/BB, whose
// `purchase_rate` is a probability too); `mean_spend`. A deviation that there is none of is infinite.
void AddDistributions(const model::v1::LifetimeValueModel& message, model::v1::LifetimeValueEvaluation& evaluation);

}  // namespace clientele::training
