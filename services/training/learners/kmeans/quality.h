// What tells a good number of clusters from a bad one: silhouette on a sample, Davies-Bouldin on all rows.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

inline constexpr int kSilhouetteSample = 2000;

// Rows [m x d] spread evenly over all rows of all ranks, m = min(rows, most); the same on every rank, and for any seed.
absl::StatusOr<std::vector<float>> SampleRows(const ShardSums& sums, int most);

struct ClusterQuality {
  double silhouette = 0;
  double davies_bouldin = 0;
};

// Of `centroids` [k x d]. Cost: O(n k d + m^2 d).
absl::StatusOr<ClusterQuality> MeasureClusters(const ShardSums& sums, absl::Span<const double> centroids, int k,
                                               absl::Span<const float> sample);

}  // namespace clientele::training
