// How well points are clustered, from the points alone.
//
// Notation: m points, d columns, k clusters; `points` [m x d] row-major, `clusters` [m] in [0, k).
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/stop_token.h"

namespace clientele::training {

// The mean silhouette (Rousseeuw 1987), in [-1, 1]: how much closer a point is to its own cluster than to the next. A point
// alone in its cluster counts 0; 0 where there are fewer than two clusters with points. The same for any number of
// threads. CANCELLED or DEADLINE_EXCEEDED from `stop`. Cost: O(m^2 d): give it a sample.
absl::StatusOr<double> Silhouette(absl::Span<const float> points, int d, absl::Span<const int> clusters, int k,
                                  int threads, const StopToken& stop);

// Davies and Bouldin (1979), lower is better: the mean over clusters of the worst (s_a + s_b) / |c_a - c_b|, where s is a
// cluster's mean distance to its centroid. `centroids` [k x d], `mean_distances` [k], `sizes` [k]; clusters without rows
// are left out; 0 for fewer than two; infinite where two centroids coincide.
double DaviesBouldin(absl::Span<const double> centroids, int d, absl::Span<const double> mean_distances,
                     absl::Span<const int64_t> sizes);

// Calinski and Harabasz (1974), higher is better: (between / (k - 1)) / (within / (n - k)), where `within` is the inertia, and
// `total` the inertia of one cluster. Infinite where nothing is left within; 0 for fewer than two clusters or rows.
double CalinskiHarabasz(double within, double total, double n, int k);

}  // namespace clientele::training
