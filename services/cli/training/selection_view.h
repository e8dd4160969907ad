// How a model was chosen among several, for people.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "services/cli/output/console.h"
#include "services/cli/output/table.h"

namespace clientele::cli {

// "customer" -> "For what a customer will bring".
std::string DecisionInWords(absl::string_view decision);

// Those that were judged, the chosen one marked; and those that could not be trained, with the reason.
Table CandidateTable(const model::v1::ValueSelection& selection);
Table FailureTable(const model::v1::ValueSelection& selection);

// What became of the winner after it was judged; empty: nothing.
std::string LearntAnew(const model::v1::ValueSelection& selection);

void ShowSelection(const model::v1::ValueSelection& selection, Console& console);

}  // namespace clientele::cli
