// Where a score stands, which way it goes and what is at risk, for people.
#pragma once

#include <string>

#include "clientele/inference/v1/scoring_service.pb.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

// "Grade B, tier gold". Empty where the score has no standing.
std::string StandingText(const inference::v1::Score& score);
// "Rising: percentile 83, on 2026-10-27 it was 40 (score 0.31, then 0.12)". Empty where none was asked for.
std::string TrendText(const inference::v1::Score& score);
// "Value at risk 120.50 GBP: 31.0 % of 388.71 GBP (churn version 3, value version 1)". Empty where there is none.
std::string ValueAtRiskText(const inference::v1::ScoreCustomerResponse& response);
// What speaks for a higher score, strongest first, then what speaks against.
Table ReasonsTable(const inference::v1::Score& score);

}  // namespace clientele::cli
