#include "services/training/learners/kmeans/seeding.h"

#include <algorithm>
#include <cmath>

#include "common/base/status_macros.h"
#include "services/training/learners/kmeans/nearest_squares.h"

namespace clientele::training {
namespace {

class PlusPlus {
 public:
  PlusPlus(const ShardSums& sums, int k, Random& random)
      : sums_(sums),
        k_(k),
        d_(sums.matrix().columns),
        candidates_(2 + static_cast<int>(std::log(k))),
        random_(random),
        squares_(sums) {}

  absl::StatusOr<std::vector<double>> Run() {
    CLIENTELE_RETURN_IF_ERROR(squares_.Begin());
    std::vector<float> centroids;
    for (int c = 0; c < k_; ++c) {
      if (squares_.Total() == 0) return TooFewDistinctRows(c, k_);
      CLIENTELE_ASSIGN_OR_RETURN(std::vector<float> drawn, DrawRows(c == 0 ? 1 : candidates_));
      int best = 0;
      if (c == 0) {
        CLIENTELE_RETURN_IF_ERROR(squares_.Lower(drawn));
      } else {
        CLIENTELE_ASSIGN_OR_RETURN(best, squares_.LowerByBest(drawn));
      }
      const auto row = absl::MakeConstSpan(drawn).subspan(int64_t{best} * d_, d_);
      centroids.insert(centroids.end(), row.begin(), row.end());
    }
    return std::vector<double>(centroids.begin(), centroids.end());
  }

 private:
  // `count` rows [count x d], on every rank.
  absl::StatusOr<std::vector<float>> DrawRows(int count) {
    std::vector<NearestSquares::Place> places(count);
    for (auto& place : places) place = squares_.Draw(random_);
    CLIENTELE_ASSIGN_OR_RETURN(const auto drawn, sums_.Sum(int64_t{count} * d_, [&](int s, absl::Span<double> result) {
      for (int i = 0; i < count; ++i) {
        if (places[i].shard != s) continue;
        const std::vector<float> row = squares_.RowAt(places[i]);
        std::copy(row.begin(), row.end(), result.begin() + int64_t{i} * d_);
      }
    }));
    return std::vector<float>(drawn.begin(), drawn.end());
  }

  const ShardSums& sums_;
  const int k_;
  const int d_;
  const int candidates_;
  Random& random_;
  NearestSquares squares_;
};

}  // namespace

absl::StatusOr<std::vector<double>> SeedPlusPlus(const ShardSums& sums, int k, Random& random) {
  return PlusPlus(sums, k, random).Run();
}

}  // namespace clientele::training
