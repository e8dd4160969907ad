// Curves of survival as an evaluation shows them.
#pragma once

#include "clientele/model/v1/evaluation.pb.h"
#include "clientele/model/v1/survival.pb.h"
#include "services/training/learners/survival/kaplan_meier.h"
#include "services/training/survival_columns.h"

namespace clientele::training {

// At most so many points of a curve are told: evenly spread over its times, the first and the last among them.
inline constexpr int64_t kMostCurvePoints = 500;

model::v1::SurvivalEvaluation::Curve CurveOf(const survival::KaplanMeier& curve, const std::string& group);

// The rows' curve, then one a group, and the log-rank test where there are groups. Of many groups the most frequent
// have a curve of their own; the others share one.
void AddGroupCurves(const SurvivalTable& table, const std::vector<std::string>* groups,
                    model::v1::SurvivalEvaluation& evaluation);

// The model's survival of a row of means up to `longest`, one a stratum.
void AddModelCurves(const model::v1::SurvivalModel& model, double longest, model::v1::SurvivalEvaluation& evaluation);

}  // namespace clientele::training
