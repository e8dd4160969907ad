// A model card as tables.
#pragma once

#include <string>

#include "clientele/model/v1/model_card.pb.h"
#include "services/cli/output/console.h"

namespace clientele::cli {

// "serious", "caution", "note".
std::string SeverityText(model::v1::ModelCard::Limit::Severity severity);

// Each measure with its interval, the simple rule it must beat, and its meaning.
Table CardMetricsTable(const model::v1::ModelCard& card);
// The whole card, for people.
void ShowCard(const model::v1::ModelCard& card, Console& console);

}  // namespace clientele::cli
