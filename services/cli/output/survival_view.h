// A survival score for people.
#pragma once

#include <string>

#include "clientele/inference/v1/scoring_service.pb.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

// "12 months", "12.5".
std::string DurationText(double duration, const std::string& unit);

// "1.84 x the average risk (percentile 87), stays 82.0 % for 12 months more"
std::string SurvivalText(const inference::v1::Score::Survival& survival);

// One row a horizon, with its interval.
Table SurvivalTable(const inference::v1::Score::Survival& survival);

// Time stayed so far, and what remains of it; stratum.
std::string SurvivalTerms(const inference::v1::Score::Survival& survival);

}  // namespace clientele::cli
