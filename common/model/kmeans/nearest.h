// The nearest centroid of a row and the runner-up, to the bits of a search through all of them in float64, at a
// fraction of its cost: float32 says which centroids can be meant, and float64 decides among those.
//
// With s a point amid the centroids, a = x - s and g = c - s, |x - c|^2 = |a|^2 + 2 h(c), h(c) = |g|^2 / 2 - a g. In
// float32, h is a chain of d multiply-adds and off by at most e = (d + 8) u (G^2 + |a|^2 / 2), where u = 2^-24 and G is
// the largest |g| (Higham 2002, section 3.1; the 8 covers the roundings of a, g, |g|^2 and of the comparison). So a
// centroid whose h lies more than 2 e above the second smallest is neither the nearest nor the runner-up. Mostly two
// are left. Where e says nothing (numbers beyond float32's range), all are compared in float64.
//
// Notation: k centroids, d columns. Cost: O(k d) float32, each lane one centroid.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "common/base/aligned_vector.h"
#include "common/model/workspace.h"

namespace clientele::model {

struct Nearest {
  int cluster;  // The first of several at the same distance.
  double distance;
  double runner_up_distance;  // Infinite where there is one centroid.
};

// Thread-safe: immutable.
class NearestCentroids {
 public:
  // How the sum of a squared distance is taken: it is part of the result's bits.
  enum class Order { kFourSums, kOneSum };  // SquaredDistance of sums.h; one column after the other.

  // `centroids` [k x d], finite; k >= 1.
  NearestCentroids(absl::Span<const double> centroids, int k, Order order);

  int k() const { return k_; }
  int d() const { return d_; }
  const double* centroid(int cluster) const { return centroids_.data() + static_cast<size_t>(cluster) * d_; }

  // For rows [n x d], n = nearest.size(). Writes to the workspace's tile.
  void Find(const double* rows, Workspace& workspace, absl::Span<Nearest> nearest) const;

  // What the kernel reads.
  struct Table {
    int k = 0, d = 0;
    bool four_sums = true;
    const double* centroids = nullptr;  // [k x d]
    const double* shift = nullptr;      // s, [d]
    const float* packs = nullptr;       // g, [k / kWidth, rounded up; x d x kWidth]
    const float* starts = nullptr;      // |g|^2 / 2, [packs x kWidth]; infinite beyond k.
    double largest_square = 0;          // G^2
    double relative_error = 0;          // (d + 8) u
    double absolute_error = 0;          // Of what is too small for float32.
  };
  static constexpr int kWidth = 16;            // Centroids in a pack: the most lanes that a vector of floats has.
  static constexpr int kMostRowsTogether = 8;  // That the kernel takes.

 private:
  int k_;
  int d_;
  Order order_;
  std::vector<double> centroids_;
  std::vector<double> shift_;
  AlignedVector<float> packs_, starts_;
  double largest_square_ = 0;
};

}  // namespace clientele::model
