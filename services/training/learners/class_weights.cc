#include "services/training/learners/class_weights.h"

#include <algorithm>
#include <numeric>

#include "common/base/status_macros.h"

namespace clientele::training {

int64_t ClassTotals::all_rows() const { return std::accumulate(rows.begin(), rows.end(), int64_t{0}); }
double ClassTotals::all_weights() const { return std::accumulate(weights.begin(), weights.end(), 0.0); }

namespace {

// result: rows [classes] that count, then weights [classes].
void CountShard(const TrainingShard& shard, int classes, absl::Span<double> result) {
  if (shard.weights.empty()) {
    std::vector<int64_t> rows(classes, 0);
    for (const double label : shard.labels) ++rows[static_cast<size_t>(label)];
    for (int k = 0; k < classes; ++k) result[k] = result[classes + k] = static_cast<double>(rows[k]);
    return;
  }
  for (int64_t i = 0; i < shard.rows; ++i) {
    const int label = static_cast<int>(shard.labels[i]);
    result[label] += shard.weights[i] > 0 ? 1 : 0;
    result[classes + label] += shard.weights[i];
  }
}

}  // namespace

absl::StatusOr<ClassTotals> CountClasses(const ShardSums& sums, int classes) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> counts,
                             sums.Sum(2 * classes, [&](int s, absl::Span<double> result) {
                               CountShard(sums.matrix().shards[s], classes, result);
                             }));
  ClassTotals totals;
  totals.rows.assign(counts.begin(), counts.begin() + classes);
  totals.weights.assign(counts.begin() + classes, counts.end());
  return totals;
}

std::vector<double> BalancedWeights(const ClassTotals& totals) {
  const double each = totals.all_weights() / static_cast<double>(totals.weights.size());
  std::vector<double> weights;
  for (const double weight : totals.weights) weights.push_back(each / weight);
  return weights;
}

void WeightClasses(absl::Span<const double> class_weights, TrainingMatrix& matrix) {
  if (std::all_of(class_weights.begin(), class_weights.end(), [](double weight) { return weight == 1; })) return;
  for (TrainingShard& shard : matrix.shards) {
    if (shard.weights.empty()) shard.weights.assign(shard.rows, 1.0);
    for (int64_t i = 0; i < shard.rows; ++i) shard.weights[i] *= class_weights[static_cast<size_t>(shard.labels[i])];
  }
}

}  // namespace clientele::training
