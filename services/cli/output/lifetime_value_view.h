// A lifetime value score for people.
#pragma once

#include <string>

#include "clientele/inference/v1/scoring_service.pb.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

// "123.40 EUR in 365 days, alive 83.1 %, gold (percentile 87)"
std::string LifetimeValueText(const inference::v1::Score::LifetimeValue& value);

// One row a quantity, with its unit and its interval.
Table LifetimeValueTable(const inference::v1::Score::LifetimeValue& value);

// What the numbers are of: horizon, discount, margin, intervals; and what is special about the customer.
std::string LifetimeValueTerms(const inference::v1::Score::LifetimeValue& value);

}  // namespace clientele::cli
