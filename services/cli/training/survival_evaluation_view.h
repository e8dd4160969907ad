// The evaluation of a survival model for people.
#pragma once

#include <string>

#include "clientele/model/v1/evaluation.pb.h"
#include "services/cli/output/console.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

// "concordance 0.834, 1,869 events"
std::string SurvivalLine(const model::v1::SurvivalEvaluation& evaluation);

// Adds rows of measure, value and meaning.
void AddSurvivalMeasures(const model::v1::SurvivalEvaluation& evaluation, Table& measures);

// Groups with medians, predicted against observed survival, tests of proportional hazards.
void ShowSurvival(const model::v1::SurvivalEvaluation& evaluation, Console& console);

}  // namespace clientele::cli
