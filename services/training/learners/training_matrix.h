// What a learner reads: the preprocessed rows of the shards this rank holds. They lie in the matrix, or are made anew
// whenever they are read, so that data which fill the memory need not be there twice: RowReader reads either.
//
// Notation: n rows, d columns of the model, p of them dense, c category fields. A dense column has a number in every row. A
// category field stands for a block of columns of which a row has a 1 in one, or in none: it is kept as that column's
// index, never as zeros. Without fields p = d, and `values` is the whole matrix.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/base/aligned_vector.h"
#include "common/base/ids.h"
#include "common/dataset/parts.h"

namespace clientele::training {

inline constexpr uint16_t kNoCategory = std::numeric_limits<uint16_t>::max();

// A block of the model's columns: [first_column, first_column + columns).
struct CategoryField {
  int first_column = 0;
  int columns = 0;  // At most kNoCategory.
};

// n rows of one shard. Of a matrix with a source `values` and `categories` are empty.
struct TrainingShard {
  int64_t rows = 0;
  AlignedVector<float> values;       // [n x p], row-major; finite.
  std::vector<uint16_t> categories;  // [n x c], row-major: index inside the field's block, or kNoCategory.
  std::vector<double> labels;        // n, or empty where the learner wants none.
  std::vector<double> weights;       // n, finite, >= 0; empty: all 1.
  std::vector<double> offsets;       // n, finite: added to the linear predictor; empty: all 0.
};

// Where rows come from that do not lie in the shards.
class RowSource {
 public:
  virtual ~RowSource() = default;
  // Fills `values` [count x p] and `categories` [count x c] from rows [first, first + count) of a shard: always the
  // same. Thread-safe.
  virtual void Read(int shard, int64_t first, int64_t count, float* values, uint16_t* categories) const = 0;
};

// A shard that another rank holds is empty here. Ranks hold different shards: see FirstShard.
struct TrainingMatrix {
  int columns = 0;                    // d
  std::vector<int> dense_columns;     // With fields: p, which of the model's columns each is. Else empty: all of them.
  std::vector<CategoryField> fields;  // c
  std::array<TrainingShard, kShardCount> shards;
  std::shared_ptr<const RowSource> source;  // Null: the rows lie in the shards.

  int num_dense() const { return fields.empty() ? columns : static_cast<int>(dense_columns.size()); }  // p
  int DenseColumn(int j) const { return fields.empty() ? j : dense_columns[j]; }
};

using dataset::FirstShard;

// Told from the calling thread as a learner iterates: how much of its work is done, 0 to 1, and what it sees. May be
// empty.
using LearnerProgress = std::function<void(double fraction, absl::string_view message)>;

inline void Tell(const LearnerProgress& progress, double fraction, absl::string_view message) {
  if (progress) progress(fraction, message);
}

}  // namespace clientele::training
