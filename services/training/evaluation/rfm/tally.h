// Customers and money by segment, by cell of scores, and from segment to segment: of some rows, to be added to those of
// others.
#pragma once

#include <cstdint>
#include <vector>

#include "common/model/rfm/scorer.h"

namespace clientele::training {

struct RfmSegmentTally {
  int64_t customers = 0;
  double value = 0;
  double recency = 0;  // Sums.
  double frequency = 0;
  double label = 0;
  int64_t previous_customers = 0;
  double previous_value = 0;
};

struct RfmCount {
  int64_t customers = 0;
  double value = 0;
};

// k segments; index k is no purchase.
struct RfmTally {
  explicit RfmTally(const model::RfmScorer& scorer)
      : segments(scorer.num_segments() + 1),
        cells(scorer.num_cells()),
        moves((scorer.num_segments() + 1) * (scorer.num_segments() + 1)) {}

  void Add(const RfmTally& other);
  RfmCount& Move(int from, int to) { return moves[from * segments.size() + to]; }

  std::vector<RfmSegmentTally> segments;  // [k + 1]
  std::vector<RfmCount> cells;            // By RfmScorer::CellOf.
  std::vector<RfmCount> moves;            // [k + 1 x k + 1], row-major: from, to.
};

}  // namespace clientele::training
