// Where Lloyd's iterations start. Rows are drawn with probability proportional to weight x squared distance from the
// centroids so far; the centroids are different rows of the matrix, [k x d], and the same on every rank.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "services/training/learners/kmeans/row_frame.h"
#include "services/training/learners/random.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

// Greedy k-means++ (Arthur and Vassilvitskii 2007, section 7): each new centroid is the best of 2 + log k drawn rows.
// FAILED_PRECONDITION with DATA_NOT_READY: fewer than k distinct rows. Cost: O(n k d log k), 2 k passes.
absl::StatusOr<std::vector<double>> SeedPlusPlus(const ShardSums& sums, int k, Random& random);

// k-means|| (Bahmani et al. 2012): five times about k rows at once, then k-means++ on those, each weighted by the rows
// it stands for. Errors as above. Cost: O(n k d), 12 passes.
absl::StatusOr<std::vector<double>> SeedParallel(const ShardSums& sums, const RowFrame& frame, int k, Random& random);

}  // namespace clientele::training
