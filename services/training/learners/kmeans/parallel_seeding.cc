#include "common/base/status_macros.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/learners/gather.h"
#include "services/training/learners/kmeans/assign.h"
#include "services/training/learners/kmeans/exact_sums.h"
#include "services/training/learners/kmeans/nearest_squares.h"
#include "services/training/learners/kmeans/seeding.h"
#include "services/training/learners/row_reader.h"

namespace clientele::training {
namespace {

constexpr int kRounds = 5;
constexpr int kMostRounds = 50;  // Where k rows do not come together sooner.

// Rows drawn each for itself, about k of them by weight x squared distance; in row order, the same on every rank.
absl::StatusOr<std::vector<float>> DrawAbout(const ShardSums& sums, int k, const NearestSquares& squares,
                                             uint64_t seed) {
  const TrainingMatrix& matrix = sums.matrix();
  const double factor = k / squares.Total();
  RowReader reader(matrix);
  std::vector<float> mine;
  for (int s = 0; s < kShardCount; ++s) {
    const TrainingShard& shard = matrix.shards[s];
    for (int64_t i = 0; i < shard.rows; ++i) {
      Random random(seed, static_cast<uint64_t>(s) << 40 | static_cast<uint64_t>(i));
      if (random.Uniform() >= factor * squares.Of(s, i)) continue;
      const float* row = reader.Row(s, i);
      mine.insert(mine.end(), row, row + matrix.columns);
    }
  }
  return GatherValues(sums.communicator(), mine);
}

// The weight of the rows that are nearest to each candidate.
absl::StatusOr<std::vector<double>> WeighCandidates(const ShardSums& sums, const RowFrame& frame,
                                                    const std::vector<float>& candidates) {
  const int d = sums.matrix().columns;
  const int count = static_cast<int>(candidates.size()) / d;
  const PackedCentroids packed(std::vector<double>(candidates.begin(), candidates.end()), count, frame);
  CLIENTELE_ASSIGN_OR_RETURN(const auto totals, SumIntegers(sums, count, [&](int s, int64_t* weights) {
                               const TrainingShard& shard = sums.matrix().shards[s];
                               std::vector<uint16_t> labels(shard.rows);
                               RowReader(sums.matrix()).ForBlocks(s, [&](int64_t first, int64_t n, const float* rows) {
                                 LabelRows(rows, n, packed, frame, labels.data() + first);
                               });
                               for (int64_t i = 0; i < shard.rows; ++i) {
                                 weights[labels[i]] +=
                                     frame.WeightToUnits(shard.weights.empty() ? 1.0 : shard.weights[i]);
                               }
                             }));
  std::vector<double> result;
  for (const int64_t total : totals) result.push_back(static_cast<double>(total) / frame.weight_scale);
  return result;
}

}  // namespace

absl::StatusOr<std::vector<double>> SeedParallel(const ShardSums& sums, const RowFrame& frame, int k, Random& random) {
  const int d = sums.matrix().columns;
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> first, SeedPlusPlus(sums, 1, random));
  std::vector<float> candidates(first.begin(), first.end());
  NearestSquares squares(sums);
  CLIENTELE_RETURN_IF_ERROR(squares.Lower(candidates));
  for (int round = 0; round < kMostRounds && squares.Total() > 0; ++round) {
    if (round >= kRounds && static_cast<int64_t>(candidates.size()) >= int64_t{k} * d) break;
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<float> drawn, DrawAbout(sums, k, squares, random.Next()));
    CLIENTELE_RETURN_IF_ERROR(squares.Lower(drawn));
    candidates.insert(candidates.end(), drawn.begin(), drawn.end());
  }
  TrainingMatrix reduced;
  reduced.columns = d;
  TrainingShard& shard = reduced.shards[0];
  shard.rows = static_cast<int64_t>(candidates.size()) / d;
  shard.values.assign(candidates.begin(), candidates.end());
  CLIENTELE_ASSIGN_OR_RETURN(shard.weights, WeighCandidates(sums, frame, candidates));
  LocalCommunicator local;
  return SeedPlusPlus(ShardSums(reduced, local, 1, sums.stop()), k, random);
}

}  // namespace clientele::training
