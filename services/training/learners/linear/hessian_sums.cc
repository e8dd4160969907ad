#include "services/training/learners/linear/hessian_sums.h"

#include <algorithm>

#include "services/training/learners/linear/kernels.h"
#include "services/training/learners/linear/packed_matrix.h"

namespace clientele::training {
HessianSums::HessianSums(const ParameterOrder& order, const std::vector<float>& centre, int pairs, bool exact)
    : order_(order),
      centre_(centre),
      dense_(static_cast<int>(centre.size())),
      field_columns_(order.size() - 1 - dense_),
      exact_(exact),
      sums_(pairs) {
  for (Sums& sums : sums_) Clear(sums);
  if (pairs == 0) return;
  const int64_t width = PaddedWidth(dense_);
  exact ? exact_tile_.resize(kTileRows * width) : tile_.resize(kTileRows * width);
}

void HessianSums::Clear(Sums& sums) const {
  const int64_t width = PaddedWidth(dense_);
  sums.gram.assign(width * width, 0.0);
  sums.dense.assign(width, 0.0);
  sums.field_dense.assign(int64_t{field_columns_} * dense_, 0.0);
  sums.field_pairs.assign(PackedSize(field_columns_), 0.0);
  sums.field.assign(field_columns_, 0.0);
  sums.total = 0;
}

void HessianSums::AddTile(const RowTile& tile, const double* curvatures) {
  if (dense_ > 0) exact_ ? AddDense(tile, curvatures, exact_tile_) : AddDense(tile, curvatures, tile_);
  for (Sums& sums : sums_) {
    sums.total += Sum(curvatures, tile.rows());
    if (field_columns_ > 0) AddFields(tile, curvatures, sums);
    curvatures += kTileRows;
  }
}

template <typename T>
void HessianSums::AddDense(const RowTile& tile, const double* curvatures, AlignedVector<T>& centred) {
  T weights[kTileRows];
  CentreRows(tile.values(), tile.rows(), dense_, centre_.data(), centred.data());
  for (Sums& sums : sums_) {
    std::copy(curvatures, curvatures + tile.rows(), weights);
    AddWeightedGram(WeightedTile<T>{.values = centred.data(),
                                    .weights = weights,
                                    .rows = tile.rows(),
                                    .width = PaddedWidth(dense_),
                                    .next = tile.values() + int64_t{tile.rows()} * dense_},
                    sums.gram.data(), sums.dense.data());
    curvatures += kTileRows;
  }
}

void HessianSums::AddFields(const RowTile& tile, const double* curvatures, Sums& sums) const {
  tile.ForRowCategories([&](int row, absl::Span<const int> columns) {
    const double curvature = curvatures[row];
    const float* values = tile.values() + int64_t{row} * dense_;
    for (size_t a = 0; a < columns.size(); ++a) {
      const int64_t column = columns[a] - dense_;
      sums.field[column] += curvature;
      double* dense = sums.field_dense.data() + column * dense_;
      for (int j = 0; j < dense_; ++j) dense[j] += curvature * values[j];
      for (size_t b = a; b < columns.size(); ++b) {
        sums.field_pairs[PackedIndex(column, columns[b] - dense_, field_columns_)] += curvature;
      }
    }
  });
}

void HessianSums::MoveTo(double* packed) {
  const int width = PaddedWidth(dense_);
  for (Sums& sums : sums_) {
    exact_ ? OrderGram<double>(width, sums.gram.data()) : OrderGram<float>(width, sums.gram.data());
    AddTo(sums, packed);
    Clear(sums);
    packed += PackedSize(order_.size());
  }
}

// The sums of fields' columns with dense ones as they are become those of centred ones.
void HessianSums::AddTo(const Sums& sums, double* packed) const {
  const int64_t width = PaddedWidth(dense_);
  for (int i = 0; i < dense_; ++i) {
    for (int j = i; j < dense_; ++j) *packed++ += sums.gram[i * width + j];
    for (int c = 0; c < field_columns_; ++c) {
      *packed++ += sums.field_dense[int64_t{c} * dense_ + i] - centre_[i] * sums.field[c];
    }
    *packed++ += sums.dense[i];
  }
  const double* pairs = sums.field_pairs.data();
  for (int c = 0; c < field_columns_; ++c) {
    for (int other = c; other < field_columns_; ++other) *packed++ += *pairs++;
    *packed++ += sums.field[c];
  }
  *packed += sums.total;
}

}  // namespace clientele::training
