// One run of Lloyd's iterations (Lloyd 1982): assign every row to its nearest centroid, move every centroid to the mean
// of its rows, until nothing gets better. A cluster that loses all its rows starts again at the row worst served.
//
// Notation: n rows, d columns, k clusters. Cost: O(n k d) an iteration, one read of the rows; k (d + 2) + 1 integers
// over the network; two bytes a row of memory.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "clientele/training/v1/checkpoint.pb.h"
#include "services/training/learners/kmeans/row_frame.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

struct LloydOptions {
  int max_iterations = 300;
  double min_relative_progress = 1e-6;  // Negative: only at a fixed point.
  bool unit_length = false;             // Centroids are kept at length 1, as rows are: spherical K-means.
};

struct Clustering {
  std::vector<double> centroids;  // [k x d]
  std::vector<int64_t> sizes;     // [k], none 0.
  std::vector<double> spreads;    // [k]: mean distance of the rows to their centroid.
  double inertia = 0;             // Of these centroids, in float64.
  int iterations = 0;
};

// From `centroids` [k x d]; `frame` is of the same rows as `sums`. The same for any number of threads and ranks.
// FAILED_PRECONDITION with DATA_NOT_READY: a cluster cannot be filled.
absl::StatusOr<Clustering> RunLloyd(const ShardSums& sums, const RowFrame& frame, std::vector<double> centroids, int k,
                                    const LloydOptions& options, const LearnerProgress& progress);

// The same, with a note of each iteration in the journal of `sums`; goes on from `noted`, if not null.
absl::StatusOr<Clustering> RunNotedLloyd(const ShardSums& sums, const RowFrame& frame, std::vector<double> centroids,
                                         int k, const LloydOptions& options, const LearnerProgress& progress,
                                         const v1::LloydState* noted);

// Scales each centroid to length 1; one at the origin stays.
void ScaleToUnitLength(std::vector<double>& centroids, int d);

}  // namespace clientele::training
