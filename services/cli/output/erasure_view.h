// Erasures as people read them.
#pragma once

#include <vector>

#include "clientele/ingestion/v1/privacy_service.pb.h"
#include "services/cli/output/console.h"

namespace clientele::cli {

// What it is, what went, and which model versions had learnt from the customer. In JSON the erasure.
void PrintErasure(const ingestion::v1::Erasure& erasure, Console& console);
// One a row. In JSON a list of them.
void PrintErasures(const std::vector<ingestion::v1::Erasure>& erasures, Console& console);

}  // namespace clientele::cli
