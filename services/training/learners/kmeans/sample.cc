#include "services/training/learners/kmeans/sample.h"

#include <algorithm>

#include "common/base/status_macros.h"
#include "services/training/learners/gather.h"
#include "services/training/learners/row_reader.h"

namespace clientele::training {

absl::StatusOr<RowSample> SampleRows(const ShardSums& sums, int most) {
  const TrainingMatrix& matrix = sums.matrix();
  const int d = matrix.columns;
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> rows, sums.Gather(1, [&](int s, absl::Span<double> result) {
    result[0] = static_cast<double>(matrix.shards[s].rows);
  }));
  int64_t total = 0;
  for (const double shard_rows : rows) total += static_cast<int64_t>(shard_rows);
  const int64_t sampled = std::min<int64_t>(most, total);
  RowReader reader(matrix);
  RowSample mine;
  int64_t first = 0;  // Of the shard's rows, among all.
  int s = 0;
  for (int64_t t = 1; t <= sampled; ++t) {
    const int64_t global = (t * total + sampled - 1) / sampled - 1;
    while (global >= first + static_cast<int64_t>(rows[s])) first += static_cast<int64_t>(rows[s++]);
    const TrainingShard& shard = matrix.shards[s];
    if (shard.rows == 0) continue;  // Another rank's.
    const float* row = reader.Row(s, global - first);
    mine.values.insert(mine.values.end(), row, row + d);
    if (!shard.weights.empty()) mine.weights.push_back(shard.weights[global - first]);
  }
  RowSample sample;
  CLIENTELE_ASSIGN_OR_RETURN(sample.values, GatherValues(sums.communicator(), mine.values));
  CLIENTELE_ASSIGN_OR_RETURN(sample.weights, GatherValues(sums.communicator(), mine.weights));
  return sample;
}

}  // namespace clientele::training
