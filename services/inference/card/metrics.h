// A version's measures on rows it has not seen, each with its interval, the simple rule it must beat, and its meaning.
#pragma once

#include <vector>

#include "clientele/model/v1/evaluation.pb.h"
#include "clientele/model/v1/model_card.pb.h"

namespace clientele::inference {

// Those that decide come first. Measures that are not finite are left out. `coverage`: that was asked of a value's
// intervals.
std::vector<clientele::model::v1::ModelCard::CardMetric> CardMetrics(
    const clientele::model::v1::Evaluation& evaluation, double coverage = 0);

}  // namespace clientele::inference
