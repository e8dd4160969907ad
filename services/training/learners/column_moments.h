// Mean and deviation of every column over all rows.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

struct ColumnMoments {
  std::vector<double> means;       // [d]
  std::vector<double> deviations;  // [d], population; 0 for a constant column.
};

// `rows` is their number over all ranks. Two passes: exact enough for any offset. Cost: O(n d).
absl::StatusOr<ColumnMoments> ComputeColumnMoments(const ShardSums& sums, int64_t rows);

}  // namespace clientele::training
