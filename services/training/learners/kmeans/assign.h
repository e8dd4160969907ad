// The inner loop of K-means: which centroid is nearest to each row, and what that changes in the clusters' sums.
//
// Notation: n rows, d columns, k centroids. The nearest centroid is the one with the largest x . c - |c|^2 / 2, in
// float32 about a point near the rows' mean (see row_frame.h), so that nothing cancels. Rows lie in the lanes of a
// register tile (two vectors of rows by eight centroids) and the matrix of distances never exists. Only rows whose
// cluster changed are added to the new cluster's sum and taken from the old one's; sums are integers, so this never
// drifts.
// Bounds on distances (Hamerly 2010) save a third of them where clusters overlap (d 16, k 32), but they break up the
// tile and cost more than they save: prototypes ran at 0.4 to 1.2 times the speed of such a loop.
#pragma once

#include <cstdint>

#include "absl/types/span.h"
#include "common/base/aligned_vector.h"
#include "services/training/learners/kmeans/row_frame.h"

namespace clientele::training {

inline constexpr int kMostClusters = 1024;
inline constexpr uint16_t kUnassigned = 0xFFFF;

// Centroids laid out for the loop. Immutable.
struct PackedCentroids {
  // `centroids` [k x d], k at most kMostClusters.
  PackedCentroids(absl::Span<const double> centroids, int k, const RowFrame& frame);

  static constexpr int kWidth = 8;
  int packs = 0;                // k / 8, rounded up.
  AlignedVector<float> values;  // [packs x d x 8], less the frame's shift.
  AlignedVector<float> starts;  // [packs x 8]: -|c|^2 / 2; minus infinity beyond k.
};

// Integer sums over the rows of each cluster: see RowFrame for their units.
struct ClusterSums {
  int64_t* values;   // [k x d]
  int64_t* weights;  // [k]
  int64_t* counts;   // [k]
};

// labels[i] = the nearest centroid of row i, the first of equals; `sums` changes by the rows whose label changes, and
// their number is returned. `rows` [n x d]; `weights` [n], or null: all 1; `labels` [n], kUnassigned where a row is in
// no sum.
int64_t AssignRows(const float* rows, int64_t n, const double* weights, const PackedCentroids& centroids,
                   const RowFrame& frame, uint16_t* labels, const ClusterSums& sums);

// The labels alone.
void LabelRows(const float* rows, int64_t n, const PackedCentroids& centroids, const RowFrame& frame, uint16_t* labels);

}  // namespace clientele::training
