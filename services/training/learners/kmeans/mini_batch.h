// Mini-batch K-means (Sculley 2010): each step assigns a few drawn rows, and every centroid becomes the mean of all
// rows it was given in any step. For data where full passes cost too much.
//
// Notation: n rows, d columns, k clusters, b rows a step. Cost: O(b k d) a step; k (d + 2) + 1 integers over the
// network.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "services/training/learners/kmeans/lloyd.h"
#include "services/training/learners/random.h"

namespace clientele::training {

struct MiniBatchEnd {
  std::vector<double> centroids;  // [k x d]
  int steps = 0;
};

// Better centroids than `centroids` [k x d], after at most options.max_iterations steps of `batch_rows` rows, drawn
// with replacement; it ends sooner once a step moves the centroids by less than options.min_relative_progress of the
// rows' variance. The same for any number of threads and ranks.
absl::StatusOr<MiniBatchEnd> RunMiniBatch(const ShardSums& sums, const RowFrame& frame, std::vector<double> centroids,
                                          int k, int batch_rows, const LloydOptions& options, Random& random,
                                          const LearnerProgress& progress);

}  // namespace clientele::training
