#include "services/training/learners/kmeans/seeding.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/training/learners/checks.h"
#include "services/training/learners/kmeans/nearest.h"

namespace clientele::training {
namespace {

class Seeding {
 public:
  Seeding(const ShardSums& sums, int k, Random& random)
      : sums_(sums), k_(k), d_(sums.matrix().columns), candidates_(2 + static_cast<int>(std::log(k))), random_(random) {
    for (int s = 0; s < kShardCount; ++s) nearest_[s].assign(matrix().shards[s].rows, 1.0);
  }

  absl::StatusOr<std::vector<double>> Run() {
    // Before there is a centroid every row counts alike: the first draw is uniform.
    CLIENTELE_ASSIGN_OR_RETURN(shard_weights_, sums_.Gather(1, [&](int s, absl::Span<double> result) {
      result[0] = static_cast<double>(matrix().shards[s].rows);
    }));
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<double> centroids, DrawRows(1));
    for (auto& distances : nearest_) std::fill(distances.begin(), distances.end(), kInfinity);
    CLIENTELE_RETURN_IF_ERROR(Adopt(centroids.data()));
    for (int c = 1; c < k_; ++c) {
      if (TotalWeight() == 0) {
        return NotReady(absl::StrCat("the rows have only ", c, " distinct values, fewer than the ", k_,
                                     " clusters asked for; ask for fewer clusters or give more features"));
      }
      CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> drawn, DrawRows(candidates_));
      CLIENTELE_ASSIGN_OR_RETURN(const int best, BestCandidate(drawn));
      const double* row = drawn.data() + static_cast<size_t>(best) * d_;
      CLIENTELE_RETURN_IF_ERROR(Adopt(row));
      centroids.insert(centroids.end(), row, row + d_);
    }
    return centroids;
  }

 private:
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  const TrainingMatrix& matrix() const { return sums_.matrix(); }

  double TotalWeight() const {
    double total = 0;
    for (const double weight : shard_weights_) total += weight;
    return total;
  }

  // A row drawn by its weight: the shard by the shards' sums, the row inside it by whoever holds it.
  struct Place {
    int shard = -1;
    double rest = 0;  // Of the weight, inside the shard.
  };

  Place Draw() {
    double rest = random_.Uniform() * TotalWeight();
    Place place;
    for (int s = 0; s < kShardCount; ++s) {
      if (shard_weights_[s] == 0) continue;
      place = {s, rest};
      if (rest < shard_weights_[s]) break;
      rest -= shard_weights_[s];
    }
    return place;  // Where rounding leaves a rest after the last shard, a row of the last shard.
  }

  const float* RowAt(const Place& place) const {
    const std::vector<double>& weights = nearest_[place.shard];
    double rest = place.rest;
    int64_t chosen = -1;
    for (size_t i = 0; i < weights.size(); ++i) {
      if (weights[i] == 0) continue;
      chosen = static_cast<int64_t>(i);
      if (rest < weights[i]) break;
      rest -= weights[i];
    }
    return chosen < 0 ? nullptr : matrix().shards[place.shard].values.data() + chosen * d_;
  }

  // `count` rows [count x d], on every rank.
  absl::StatusOr<std::vector<double>> DrawRows(int count) {
    std::vector<Place> places(count);
    for (Place& place : places) place = Draw();
    return sums_.Sum(int64_t{count} * d_, [&](int s, absl::Span<double> result) {
      for (int i = 0; i < count; ++i) {
        if (places[i].shard != s) continue;
        const float* row = RowAt(places[i]);
        for (int j = 0; row != nullptr && j < d_; ++j) result[static_cast<size_t>(i) * d_ + j] = row[j];
      }
    });
  }

  // The candidate that leaves the least sum of squared distances.
  absl::StatusOr<int> BestCandidate(const std::vector<double>& drawn) const {
    CLIENTELE_ASSIGN_OR_RETURN(
        const std::vector<double> potentials, sums_.Sum(candidates_, [&](int s, absl::Span<double> result) {
          const TrainingShard& shard = matrix().shards[s];
          for (int64_t i = 0; i < shard.rows; ++i) {
            const float* row = shard.values.data() + i * d_;
            for (int c = 0; c < candidates_; ++c) {
              result[c] += std::min(nearest_[s][i], SquaredDistance(row, drawn.data() + static_cast<size_t>(c) * d_, d_));
            }
          }
        }));
    return static_cast<int>(std::min_element(potentials.begin(), potentials.end()) - potentials.begin());
  }

  // Lowers the rows' distances by a new centroid.
  absl::Status Adopt(const double* centroid) {
    CLIENTELE_ASSIGN_OR_RETURN(shard_weights_, sums_.Gather(1, [&](int s, absl::Span<double> result) {
      const TrainingShard& shard = matrix().shards[s];
      for (int64_t i = 0; i < shard.rows; ++i) {
        double& nearest = nearest_[s][i];
        nearest = std::min(nearest, SquaredDistance(shard.values.data() + i * d_, centroid, d_));
        result[0] += nearest;
      }
    }));
    return absl::OkStatus();
  }

  const ShardSums& sums_;
  const int k_;
  const int d_;
  const int candidates_;
  Random& random_;
  std::array<std::vector<double>, kShardCount> nearest_;  // Squared distance of each row to the centroids so far.
  std::vector<double> shard_weights_;                     // [256]: their sums.
};

}  // namespace

absl::StatusOr<std::vector<double>> SeedCentroids(const ShardSums& sums, int k, Random& random) {
  return Seeding(sums, k, random).Run();
}

}  // namespace clientele::training
