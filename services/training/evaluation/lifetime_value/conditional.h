// What customers bought in the holdout, by what was known of them before.
#pragma once

#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "services/training/evaluation/lifetime_value/rows.h"

namespace clientele::training {

// By frequency: 0 to 6, then 7 and more. Only the judging rows whose purchases are known.
void AddConditional(const std::vector<LifetimeRow>& rows, model::v1::LifetimeValueEvaluation& evaluation);

// By month of the first purchase, oldest first, all rows with a history; `actual` is 0 where purchases are not known.
void AddCohorts(const std::vector<LifetimeRow>& rows, absl::CivilDay as_of, double days_per_unit,
                model::v1::LifetimeValueEvaluation& evaluation);

}  // namespace clientele::training
