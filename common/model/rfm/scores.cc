#include "common/model/rfm/scores.h"

#include <algorithm>

namespace clientele::model {
namespace {

int CutsBelow(absl::Span<const double> cuts, double value) {
  return static_cast<int>(std::lower_bound(cuts.begin(), cuts.end(), value) - cuts.begin());
}

}  // namespace

RfmScores ScoreOf(const RfmCuts& cuts, const RfmValues& values) {
  if (!values.complete()) return {};
  return {.recency = LevelsOf(cuts.recency) - CutsBelow(cuts.recency, values.recency),
          .frequency = 1 + CutsBelow(cuts.frequency, values.frequency),
          .monetary = 1 + CutsBelow(cuts.monetary, values.monetary)};
}

}  // namespace clientele::model
