// Consents, and how they came about, as people read them.
#pragma once

#include <vector>

#include "clientele/ingestion/v1/consent_service.pb.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

// One purpose a row.
Table ConsentsTable(const ingestion::v1::ScoringConsents& consents);
// One change a row.
Table ConsentChangesTable(const std::vector<ingestion::v1::ScoringConsentChange>& changes);

}  // namespace clientele::cli
