#include "services/training/learners/column_moments.h"

#include <cmath>
#include <utility>

#include "common/base/status_macros.h"

namespace clientele::training {

absl::StatusOr<ColumnMoments> ComputeColumnMoments(const ShardSums& sums, int64_t rows) {
  const TrainingMatrix& matrix = sums.matrix();
  const int d = matrix.columns;
  ColumnMoments moments;
  CLIENTELE_ASSIGN_OR_RETURN(moments.means, sums.Sum(d, [&](int s, absl::Span<double> result) {
    const TrainingShard& shard = matrix.shards[s];
    for (int64_t i = 0; i < shard.rows; ++i) {
      for (int j = 0; j < d; ++j) result[j] += shard.values[i * d + j];
    }
  }));
  for (double& mean : moments.means) mean /= static_cast<double>(rows);
  CLIENTELE_ASSIGN_OR_RETURN(moments.deviations, sums.Sum(d, [&](int s, absl::Span<double> result) {
    const TrainingShard& shard = matrix.shards[s];
    for (int64_t i = 0; i < shard.rows; ++i) {
      for (int j = 0; j < d; ++j) {
        const double difference = shard.values[i * d + j] - moments.means[j];
        result[j] += difference * difference;
      }
    }
  }));
  // What rounding of the mean leaves of a constant column is no deviation.
  for (int j = 0; j < d; ++j) {
    moments.deviations[j] = std::sqrt(moments.deviations[j] / static_cast<double>(rows));
    if (moments.deviations[j] <= 1e-12 * std::abs(moments.means[j])) moments.deviations[j] = 0;
  }
  return moments;
}

}  // namespace clientele::training
