// From which probability on a customer is called positive.
#pragma once

#include <utility>
#include <vector>

namespace clientele::training {

// Probability and whether the label is 1.
using ScoredLabel = std::pair<double, bool>;

// Both lie half-way between two neighbouring probabilities, so that rounding flips nobody; in (0, 1). `rows` is not empty.

// The threshold with the highest F1 on `rows`; of equals the highest.
double BestF1Threshold(std::vector<ScoredLabel> rows);
// Calls as many positive as there are, or as few more or less as equal probabilities allow.
double BaseRateThreshold(std::vector<ScoredLabel> rows);

}  // namespace clientele::training
