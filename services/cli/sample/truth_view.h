// The truth of a cohort, as people and programs are told it.
#pragma once

#include <string>
#include <vector>

#include "services/cli/output/table.h"
#include "services/cli/sample/cohort.h"

namespace clientele::cli {

// "BG/NBD, in weeks; spend: Gamma-Gamma".
std::string TruthHeading(const CohortOptions& options);
// Of purchases, then of spend: parameter and value.
Table TruthTable(const CohortOptions& options);
// "2,000 customers; as of 2026-05-05 803.2 of them expected to be alive ...".
std::string TruthSummary(const CohortOptions& options, const CohortTotals& totals);
// All of it: {"model": "bg-nbd", "days_per_unit": 7, "as_of": "2026-05-05", "parameters": {...}, ...}.
std::string TruthJson(const CohortOptions& options, const CohortTotals& totals);
// "r=0.243,alpha=4.414,a=0.793,b=2.426;p=6.25,q=3.74,gamma=15.44".
std::string ParametersText(const CohortOptions& options);

}  // namespace clientele::cli
