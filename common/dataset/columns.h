// Columns of numbers out of rows: what this part has of them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/base/ids.h"
#include "common/dataset/dataset.h"
#include "common/dataset/selection.h"

namespace clientele::dataset {

struct Columns {
  std::vector<std::vector<float>> values;          // One a column, of the selected rows in row order.
  std::array<int64_t, kShardCount + 1> starts{};   // Where each shard's rows begin in them, and the end after the last.
};

// As many columns as are best read at once: so many float32 has a cache line.
inline constexpr size_t kBatchColumns = 16;

// As many as are read at once of all rows, so that a copy of them is no second copy of the dataset: a sixteenth of it,
// or one for each thread. The same for all parts.
inline size_t BatchOfAllRows(const Dataset& dataset, int threads) {
  const auto few = static_cast<size_t>(std::max(dataset.number_columns / 16, threads));
  return std::clamp(few, size_t{1}, kBatchColumns);
}

// `columns` are indices among the number columns; one pass over the rows. `threads` changes the speed alone.
Columns ReadColumns(const Dataset& dataset, const RowSelection& rows, absl::Span<const int> columns, int threads);

}  // namespace clientele::dataset
