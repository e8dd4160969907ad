// How good a model was quarter by quarter, as a manager reads it.
#pragma once

#include <string>

#include "clientele/inference/v1/quality_service.pb.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

// One line a quarter, newest first.
Table QualityTable(const inference::v1::QualityHistory& history);
// "Asked: accuracy of 0.8 at least, and 5 % better than the quarter before. Quarters of Europe/Berlin."
std::string TargetLine(const inference::v1::QualityHistory& history);

}  // namespace clientele::cli
