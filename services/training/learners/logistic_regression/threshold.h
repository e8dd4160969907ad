// From which probability on a customer is called positive.
#pragma once

#include <vector>

namespace clientele::training {

struct ScoredLabel {
  double probability = 0;
  bool positive = false;
  double weight = 1;
};

// All are in (0, 1), half-way between two neighbouring probabilities: rounding flips nobody. `rows` is not empty.

// The threshold with the highest F1 on `rows`; of equals the highest.
double BestF1Threshold(std::vector<ScoredLabel> rows);
// Calls as many positive as there are, or as few more as equal probabilities allow.
double BaseRateThreshold(std::vector<ScoredLabel> rows);
// The threshold at which the wrong calls on `rows` cost least; of equals the highest. It may call nobody positive.
double CheapestThreshold(std::vector<ScoredLabel> rows, double false_positive_cost, double false_negative_cost);

}  // namespace clientele::training
