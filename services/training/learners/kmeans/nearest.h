// The inner loop of K-means: which centroid is nearest to each row.
//
// Notation: n rows, d columns, k centroids. Cost: O(n k d).
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace clientele::training {

// Centroids laid out for the loop. Thread-safe: immutable.
class NearestCentroid {
 public:
  // `centroids` is [k x d], row-major.
  NearestCentroid(absl::Span<const double> centroids, int k, int d);

  // The index of the centroid nearest to `row` [d], the first of equals, and its squared distance.
  struct Match {
    int index = 0;
    double squared_distance = 0;
  };
  Match Find(const float* row) const;

 private:
  static constexpr int kLanes = 8;  // Centroids that are measured at once.
  int d_;
  int k_;
  std::vector<double> blocks_;  // [ceil(k / lanes) x d x lanes]
};

// The squared Euclidean distance of a row and a centroid.
double SquaredDistance(const float* row, const double* centroid, int d);

}  // namespace clientele::training
