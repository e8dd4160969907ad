// The evaluation of an RFM model for people.
#pragma once

#include <string>

#include "clientele/model/v1/evaluation.pb.h"
#include "clientele/model/v1/rfm.pb.h"
#include "services/cli/output/console.h"

namespace clientele::cli {

// "9 segments; Champions hold 62.4 % of the value"
std::string RfmLine(const model::v1::RfmEvaluation& evaluation);

// Each segment: who, worth what, since when, and what to do. Then the largest moves.
void ShowRfm(const model::v1::RfmEvaluation& evaluation, Console& console);

// Tables of both, for other views too. Segments that nobody is in are left out, unless somebody was before; moves are
// those that changed segment.
Table RfmSegmentTable(const model::v1::RfmEvaluation& evaluation);
Table RfmActionTable(const model::v1::RfmEvaluation& evaluation);
Table RfmMoveTable(const model::v1::RfmEvaluation& evaluation, int most);

// The one that is worth most; null: nobody is in any.
const model::v1::RfmEvaluation::Segment* MostValuable(const model::v1::RfmEvaluation& evaluation);
int64_t ScoredCustomers(const model::v1::RfmEvaluation& evaluation);

}  // namespace clientele::cli
