// Where Lloyd's iterations start: greedy k-means++ (Arthur and Vassilvitskii 2007, section 7). Each new centroid is the
// best of 2 + log k rows drawn with probability proportional to their squared distance from the centroids so far.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "services/training/learners/random.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

// k centroids [k x d], different rows of the matrix. The same on every rank.
// FAILED_PRECONDITION with DATA_NOT_READY: fewer than k distinct rows. Cost: O(n k d log k).
absl::StatusOr<std::vector<double>> SeedCentroids(const ShardSums& sums, int k, Random& random);

}  // namespace clientele::training
