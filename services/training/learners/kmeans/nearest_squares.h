// How far each row is from the centroids chosen so far: what seeding draws by.
#pragma once

#include <array>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "services/training/learners/random.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

// Squared distances in float32, four bytes a row, and four more for each candidate that is tried. One thread of a rank
// uses it.
class NearestSquares {
 public:
  explicit NearestSquares(const ShardSums& sums);

  // Before there is a centroid every row counts by its weight alone.
  absl::Status Begin();
  // Lowers the distances by new centroids [m x d].
  absl::Status Lower(absl::Span<const float> centroids);
  // Lowers the distances by the one of the candidates [m x d] that leaves the least Total(), and returns which it is: the
  // first of equals. One pass over the rows.
  absl::StatusOr<int> LowerByBest(absl::Span<const float> candidates);

  // The sum of weight x squared distance over all rows.
  double Total() const;
  // weight x squared distance of a row of this rank.
  double Of(int shard, int64_t row) const;

  // A row drawn by weight x squared distance: the shard by the shards' sums, the row inside it by whoever holds it.
  struct Place {
    int shard = -1;
    double rest = 0;  // Of the sum, inside the shard.
  };
  Place Draw(Random& random) const;
  // [d]; empty where nothing in the shard has weight.
  std::vector<float> RowAt(const Place& place) const;

 private:
  const ShardSums& sums_;
  bool begun_ = false;  // Is there a centroid?
  using Squares = std::array<std::vector<float>, kShardCount>;
  Squares nearest_;
  std::vector<double> shard_totals_;  // [256]
};

// FAILED_PRECONDITION with DATA_NOT_READY: k clusters of `distinct` rows.
absl::Status TooFewDistinctRows(int distinct, int k);

}  // namespace clientele::training
