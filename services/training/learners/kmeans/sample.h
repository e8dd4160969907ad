// A few of the rows, for what would cost too much on all of them.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

struct RowSample {
  std::vector<float> values;    // [m x d], row-major.
  std::vector<double> weights;  // m, or empty: all 1.
};

// m = min(rows, most) rows, spread evenly over all rows of all ranks; the same on every rank, and for any seed.
absl::StatusOr<RowSample> SampleRows(const ShardSums& sums, int most);

}  // namespace clientele::training
