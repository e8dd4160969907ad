// Clusters as a picture: rows and centroids in the rows' first two principal components.
//
// Notation: m rows, d columns, k centroids.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "clientele/model/v1/evaluation.pb.h"

namespace clientele::training {

inline constexpr int kMostPoints = 1000;

// Of `rows` [m x d], m > 0, and `centroids` [k x d]; the points are at most kMostPoints of the rows, evenly spread,
// each with its nearest centroid. Axes point to where their largest coefficient is positive. Components are found by
// subspace iteration (Halko, Martinsson and Tropp 2011), without the covariance matrix. Pure. Cost: O(m d).
model::v1::ClusterEvaluation::Projection ProjectClusters(absl::Span<const float> rows, int d,
                                                         absl::Span<const double> centroids);

}  // namespace clientele::training
