// Scores of recency, frequency and monetary value: from 1, the best is the highest.
//
// A number's score is 1 + how many cut points lie strictly below it, so that equal numbers always score the same,
// however many of them there are: a score in between may then have no customer. Days since the last purchase run the
// other way: the highest score + 1 - that. Cost: O(cuts), at most 9 a number.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "common/model/raw_feature.h"

namespace clientele::model {

inline constexpr int kMostRfmCuts = 9;

// A customer's numbers, in their own units; kMissingRaw where there is none.
struct RfmValues {
  double recency = kMissingRaw;  // Days since the last purchase.
  double frequency = kMissingRaw;
  double monetary = kMissingRaw;

  // Whoever has not bought yet has no days since.
  bool complete() const { return !IsMissingRaw(recency) && !IsMissingRaw(frequency) && !IsMissingRaw(monetary); }
};

// All 0: no purchase yet.
struct RfmScores {
  int recency = 0;
  int frequency = 0;
  int monetary = 0;

  bool any() const { return recency > 0; }
  friend bool operator==(const RfmScores&, const RfmScores&) = default;
};

// None falls. Equal ones are of a number that many customers share.
struct RfmCuts {
  std::vector<double> recency;
  std::vector<double> frequency;
  std::vector<double> monetary;
};

// The highest score that cut points give.
inline int LevelsOf(absl::Span<const double> cuts) { return static_cast<int>(cuts.size()) + 1; }

RfmScores ScoreOf(const RfmCuts& cuts, const RfmValues& values);

}  // namespace clientele::model
