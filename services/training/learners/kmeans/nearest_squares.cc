#include "services/training/learners/kmeans/nearest_squares.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/training/learners/checks.h"
#include "services/training/learners/kmeans/distances.h"
#include "services/training/learners/row_reader.h"

namespace clientele::training {
namespace {

const double* WeightsOf(const TrainingShard& shard) { return shard.weights.empty() ? nullptr : shard.weights.data(); }

}  // namespace

NearestSquares::NearestSquares(const ShardSums& sums) : sums_(sums) {
  for (int s = 0; s < kShardCount; ++s) nearest_[s].assign(sums.matrix().shards[s].rows, 1.0f);
}

absl::Status NearestSquares::Begin() {
  CLIENTELE_ASSIGN_OR_RETURN(shard_totals_, sums_.Gather(1, [&](int s, absl::Span<double> result) {
    for (int64_t i = 0; i < sums_.matrix().shards[s].rows; ++i) result[0] += Of(s, i);
  }));
  return absl::OkStatus();
}

absl::Status NearestSquares::Lower(absl::Span<const float> centroids) {
  if (!begun_) {
    for (auto& squares : nearest_) squares.assign(squares.size(), std::numeric_limits<float>::infinity());
    begun_ = true;
  }
  CLIENTELE_ASSIGN_OR_RETURN(shard_totals_, sums_.Gather(1, [&](int s, absl::Span<double> result) {
    const double* weights = WeightsOf(sums_.matrix().shards[s]);
    RowReader(sums_.matrix()).ForBlocks(s, [&](int64_t first, int64_t n, const float* rows) {
      LowerNearest(rows, n, sums_.matrix().columns, weights == nullptr ? nullptr : weights + first, centroids,
                   nearest_[s].data() + first, result[0]);
    });
  }));
  return absl::OkStatus();
}

absl::StatusOr<int> NearestSquares::LowerByBest(absl::Span<const float> candidates) {
  const int d = sums_.matrix().columns, count = static_cast<int>(candidates.size()) / d;
  std::vector<Squares> lowered(count, nearest_);
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> totals, sums_.Gather(count, [&](int s, absl::Span<double> result) {
    const double* weights = WeightsOf(sums_.matrix().shards[s]);
    std::vector<float*> to(count);
    RowReader(sums_.matrix()).ForBlocks(s, [&](int64_t first, int64_t n, const float* rows) {
      for (int c = 0; c < count; ++c) to[c] = lowered[c][s].data() + first;
      AddPotentials(rows, n, d, weights == nullptr ? nullptr : weights + first, candidates,
                    nearest_[s].data() + first, result.data(), to);
    });
  }));
  std::vector<double> potentials(count, 0.0);
  for (int s = 0; s < kShardCount; ++s) {
    for (int c = 0; c < count; ++c) potentials[c] += totals[s * count + c];
  }
  const auto best = std::min_element(potentials.begin(), potentials.end()) - potentials.begin();
  nearest_ = std::move(lowered[best]);
  for (int s = 0; s < kShardCount; ++s) shard_totals_[s] = totals[s * count + best];
  return static_cast<int>(best);
}

double NearestSquares::Total() const {
  double total = 0;
  for (const double one : shard_totals_) total += one;
  return total;
}

double NearestSquares::Of(int shard, int64_t row) const {
  const std::vector<double>& weights = sums_.matrix().shards[shard].weights;
  return weights.empty() ? nearest_[shard][row] : weights[row] * nearest_[shard][row];
}

NearestSquares::Place NearestSquares::Draw(Random& random) const {
  double rest = random.Uniform() * Total();
  Place place;
  for (int s = 0; s < kShardCount; ++s) {
    if (shard_totals_[s] == 0) continue;
    place = {s, rest};
    if (rest < shard_totals_[s]) break;
    rest -= shard_totals_[s];
  }
  return place;  // Where rounding leaves a rest after the last shard, a row of the last shard.
}

std::vector<float> NearestSquares::RowAt(const Place& place) const {
  const TrainingShard& shard = sums_.matrix().shards[place.shard];
  double rest = place.rest;
  int64_t chosen = -1;
  for (int64_t i = 0; i < shard.rows; ++i) {
    const double weight = Of(place.shard, i);
    if (weight == 0) continue;
    chosen = i;
    if (rest < weight) break;
    rest -= weight;
  }
  if (chosen < 0) return {};
  RowReader reader(sums_.matrix());
  const float* row = reader.Row(place.shard, chosen);
  return {row, row + sums_.matrix().columns};
}

absl::Status TooFewDistinctRows(int distinct, int k) {
  return NotReady(absl::StrCat("the rows have only ", distinct, " distinct values, fewer than the ", k,
                               " clusters asked for; ask for fewer clusters or give more features"));
}

}  // namespace clientele::training
