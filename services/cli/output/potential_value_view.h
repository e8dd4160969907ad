// Value settings and potential values for people.
#pragma once

#include <string>

#include "clientele/inference/v1/value_service.pb.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

// "0.5 (spend_365d) + 0.3 (50 referrals) + 0.2 (logins_90d + visits_90d)"
std::string FormulaText(const inference::v1::ValueSettings& settings);
// A row a weight, a component and a tier.
Table ValueSettingsTable(const inference::v1::ValueSettings& settings);
// A row a revision.
Table ValueHistoryTable(const google::protobuf::RepeatedPtrField<inference::v1::ValueSettings>& revisions);
// A row a customer.
Table PotentialValuesTable(const google::protobuf::RepeatedPtrField<inference::v1::PotentialValue>& values);
// One row.
Table PortfolioTable(const inference::v1::ComputePortfolioValueResponse& portfolio);

}  // namespace clientele::cli
