#include "common/dataset/columns.h"

namespace clientele::dataset {

Columns ReadColumns(const Dataset& dataset, const RowSelection& rows, absl::Span<const int> columns, int threads) {
  Columns read;
  for (int s = 0; s < kShardCount; ++s) read.starts[s + 1] = read.starts[s] + rows.count(s);
  read.values.assign(columns.size(), std::vector<float>(read.starts[kShardCount]));
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (int s = 0; s < kShardCount; ++s) {
    const Shard& shard = dataset.shards[s];
    std::vector<int64_t> chosen;
    for (int64_t row = 0; row < shard.rows; ++row) {
      if (rows.Has(s, row)) chosen.push_back(row * dataset.number_columns);
    }
    for (size_t c = 0; c < columns.size(); ++c) {
      const float* from = shard.numbers.data() + columns[c];
      float* to = read.values[c].data() + read.starts[s];
      for (const int64_t row : chosen) *to++ = from[row];
    }
  }
  return read;
}

}  // namespace clientele::dataset
