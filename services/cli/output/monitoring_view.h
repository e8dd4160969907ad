// Reports on models in service, as tables and sentences for people.
#pragma once

#include <string>

#include "clientele/inference/v1/monitoring_service.pb.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

// A row a pairing.
Table ShadowTable(const inference::v1::ShadowReport& report);
// The rows that differ most.
Table LargestDifferencesTable(const inference::v1::ShadowReport::Pairing& pairing);
// "12 % of the rows are in another tenth of the scores; 3 % moved by two or more".
std::string MovesLine(const inference::v1::ShadowReport::Pairing& pairing);

// A row a version and arm.
Table OutcomesTable(const inference::v1::OutcomeReport& report);
// "1,200 scores, of which 300 wait for the end of their label's window".
std::string PendingLine(const inference::v1::OutcomeReport& report);

// A row a feature, furthest first; the score before them.
Table DriftTable(const inference::v1::DriftReport& report);
// Shares of one feature's bins, then and now.
Table BinsTable(const inference::v1::FeatureDrift& drift);

}  // namespace clientele::cli
