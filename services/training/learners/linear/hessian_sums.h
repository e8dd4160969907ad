// The Hessian of one shard: sums of curvature x x^T over rows, of centred columns.
//
// Notation: p dense columns, F = D - 1 - p columns of category fields, W = PaddedWidth(p). Dense by dense is the kernel's
// work; the rest are a few additions a row, for of a field's columns one at most is 1.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "common/base/aligned_vector.h"
#include "services/training/learners/linear/row_tile.h"

namespace clientele::training {

class HessianSums {
 public:
  // `pairs`: how many sums with curvatures of their own are taken over the same rows. `centre` [p] must outlive it.
  HessianSums(const ParameterOrder& order, const std::vector<float>& centre, int pairs, bool exact);

  // `curvatures` [pairs x kTileRows].
  void AddTile(const RowTile& tile, const double* curvatures);
  // Adds them to `packed` [pairs x PackedSize(D)], and begins at 0 again.
  void MoveTo(double* packed);

 private:
  struct Sums {
    std::vector<double> gram;         // [W x W], upper: dense by dense, centred.
    std::vector<double> dense;        // [W]: sum of curvature x, centred.
    std::vector<double> field_dense;  // [F x p]: of the rows of a field's column.
    std::vector<double> field_pairs;  // [PackedSize(F)]
    std::vector<double> field;        // [F]: of curvature.
    double total = 0;
  };

  template <typename T>
  void AddDense(const RowTile& tile, const double* curvatures, AlignedVector<T>& centred);
  void AddFields(const RowTile& tile, const double* curvatures, Sums& sums) const;
  void AddTo(const Sums& sums, double* packed) const;
  void Clear(Sums& sums) const;

  const ParameterOrder& order_;
  const std::vector<float>& centre_;
  const int dense_;  // p
  const int field_columns_;  // F
  const bool exact_;
  std::vector<Sums> sums_;
  AlignedVector<float> tile_;          // [kTileRows x W]
  AlignedVector<double> exact_tile_;
};

}  // namespace clientele::training
