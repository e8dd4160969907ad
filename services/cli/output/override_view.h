// What people decided in place of models, as people read it.
#pragma once

#include <string>
#include <vector>

#include "clientele/inference/v1/override_service.pb.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

// "0.02, tier gold".
std::string DecisionText(const inference::v1::ScoreOverride& stands);
// "Overridden by ann until 2026-12-01 10:00: tier gold (known for years)". Empty where nobody overrode the score.
std::string OverrideText(const inference::v1::Score& score);
// One a row.
Table OverridesTable(const std::vector<inference::v1::ScoreOverride>& overrides);
Table OverrideChangesTable(const std::vector<inference::v1::ScoreOverrideChange>& changes);

}  // namespace clientele::cli
