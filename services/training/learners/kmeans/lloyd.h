// One run of Lloyd's iterations (Lloyd 1982): assign every row to its nearest centroid, move every centroid to the mean
// of its rows, until nothing gets better. A cluster that loses all its rows starts again at the row worst served.
//
// Notation: n rows, d columns, k clusters. Cost: O(n k d) an iteration; k (d + 1) + 2 doubles a shard over the network.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

struct LloydOptions {
  int max_iterations = 300;
  double min_relative_progress = 1e-6;  // Negative: only at a fixed point.
};

struct Clustering {
  std::vector<double> centroids;  // [k x d]
  std::vector<int64_t> sizes;     // [k], none 0.
  double inertia = 0;             // Of these centroids.
  int iterations = 0;
};

// From `centroids` [k x d]. FAILED_PRECONDITION with DATA_NOT_READY: a cluster cannot be filled.
absl::StatusOr<Clustering> RunLloyd(const ShardSums& sums, std::vector<double> centroids, int k,
                                    const LloydOptions& options, const LearnerProgress& progress);

}  // namespace clientele::training
