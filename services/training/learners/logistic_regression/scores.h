// The rows' log odds: what calibration, thresholds and cross-validation look at.
#pragma once

#include <array>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

// A number a row, shard by shard.
using RowValues = std::array<std::vector<double>, kShardCount>;

// The linear predictors of all rows of this rank at `parameters` [d + 1], with or without the rows' offsets.
RowValues LogOdds(const TrainingMatrix& matrix, absl::Span<const double> parameters, bool with_offsets, int threads);

// log(1 + exp(-log odds)) of a positive row, log(1 + exp(log odds)) of a negative one, without overflow.
double LogLoss(double log_odds, bool positive);

struct ScoredRow {
  double log_odds = 0;
  double weight = 1;
  bool positive = false;
};

// The rows of all ranks that have a weight above 0, in row order. `weights` may be of no shard: then all are 1.
// Errors: those of the communicator.
absl::StatusOr<std::vector<ScoredRow>> GatherRows(const ShardSums& sums, const RowValues& log_odds,
                                                  const RowValues& weights);

}  // namespace clientele::training
