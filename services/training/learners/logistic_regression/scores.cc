#include "services/training/learners/logistic_regression/scores.h"

#include "common/model/portable_math.h"
#include "services/training/learners/gather.h"
#include "services/training/learners/linear/row_tile.h"

namespace clientele::training {

RowValues LogOdds(const TrainingMatrix& matrix, absl::Span<const double> parameters, bool with_offsets, int threads) {
  const ParameterOrder order(matrix);
  const std::vector<double> engine_parameters = order.ToEngine(parameters);
  RowValues log_odds;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (int s = 0; s < kShardCount; ++s) {
    const TrainingShard& shard = matrix.shards[s];
    RowReader reader(matrix);
    log_odds[s] = shard.offsets;
    if (!with_offsets || shard.offsets.empty()) log_odds[s].assign(shard.rows, 0.0);
    for (int64_t first = 0; first < shard.rows; first += kTileRows) {
      RowTile(matrix, reader, order, s, first).AddFits(engine_parameters.data(), log_odds[s].data() + first);
    }
  }
  return log_odds;
}

double LogLoss(double log_odds, bool positive) {
  const double margin = positive ? log_odds : -log_odds;
  return margin > 0 ? model::Log1p(model::Exp(-margin)) : model::Log1p(model::Exp(margin)) - margin;
}

absl::StatusOr<std::vector<ScoredRow>> GatherRows(const ShardSums& sums, const RowValues& log_odds,
                                                  const RowValues& weights) {
  std::vector<ScoredRow> mine;
  for (int s = 0; s < kShardCount; ++s) {
    const TrainingShard& shard = sums.matrix().shards[s];
    for (int64_t i = 0; i < shard.rows; ++i) {
      const double weight = weights[s].empty() ? 1 : weights[s][i];
      if (weight > 0) mine.push_back({log_odds[s][i], weight, shard.labels[i] == 1});
    }
  }
  return GatherValues(sums.communicator(), mine);
}

}  // namespace clientele::training
