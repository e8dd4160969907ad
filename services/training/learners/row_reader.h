// Reads the rows of a matrix, wherever they come from.
//
//   RowReader reader(matrix);
//   reader.ForBlocks(s, [&](int64_t first, int64_t count, const float* values) { ... });
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "common/base/aligned_vector.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::training {

// One thread uses it; it has room for one block of rows. `matrix` must outlive it.
class RowReader {
 public:
  // Rows that are best read at once: they stay in the first or second cache, and are a multiple of every kernel's tile.
  static constexpr int64_t kBlockRows = 128;

  struct Rows {
    const float* values;         // [count x p]
    const uint16_t* categories;  // [count x c]
  };

  explicit RowReader(const TrainingMatrix& matrix)
      : matrix_(matrix), p_(matrix.num_dense()), c_(static_cast<int64_t>(matrix.fields.size())) {}

  // Rows [first, first + count) of a shard: valid until the next call.
  Rows Read(int shard, int64_t first, int64_t count) {
    const TrainingShard& rows = matrix_.shards[shard];
    if (matrix_.source == nullptr) return {rows.values.data() + first * p_, rows.categories.data() + first * c_};
    values_.resize(std::max<size_t>(values_.size(), count * p_));
    categories_.resize(std::max<size_t>(categories_.size(), count * c_));
    matrix_.source->Read(shard, first, count, values_.data(), categories_.data());
    return {values_.data(), categories_.data()};
  }

  const float* Row(int shard, int64_t row) { return Read(shard, row, 1).values; }

  // Calls visit(first row, count, values [count x p]) for blocks of the shard's rows, in order.
  template <typename Visit>
  void ForBlocks(int shard, Visit visit) {
    const int64_t rows = matrix_.shards[shard].rows;
    for (int64_t first = 0; first < rows; first += kBlockRows) {
      const int64_t count = std::min(kBlockRows, rows - first);
      visit(first, count, Read(shard, first, count).values);
    }
  }

 private:
  const TrainingMatrix& matrix_;
  const int64_t p_, c_;
  AlignedVector<float> values_;
  std::vector<uint16_t> categories_;
};

}  // namespace clientele::training
