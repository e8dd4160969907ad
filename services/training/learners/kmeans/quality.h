// What tells a good number of clusters from a bad one.
#pragma once

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "services/training/learners/kmeans/lloyd.h"
#include "services/training/learners/kmeans/row_frame.h"
#include "services/training/learners/kmeans/sample.h"

namespace clientele::training {

inline constexpr int kSilhouetteSample = 2000;

struct ClusterQuality {
  double silhouette = 0;  // On the sample.
  double davies_bouldin = 0;
  double calinski_harabasz = 0;
};

// `sample` [m x d]. Cost: O(m k d + m^2 d).
absl::StatusOr<ClusterQuality> MeasureClusters(const ShardSums& sums, const RowFrame& frame,
                                               const Clustering& clustering, absl::Span<const float> sample);

}  // namespace clientele::training
