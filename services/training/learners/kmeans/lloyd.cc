#include "services/training/learners/kmeans/lloyd.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"
#include "services/training/learners/checks.h"
#include "services/training/learners/kmeans/nearest.h"

namespace clientele::training {
namespace {

class Lloyd {
 public:
  Lloyd(const ShardSums& sums, std::vector<double> centroids, int k, const LloydOptions& options)
      : sums_(sums), k_(k), d_(sums.matrix().columns), options_(options), centroids_(std::move(centroids)) {
    for (int s = 0; s < kShardCount; ++s) assigned_[s].assign(matrix().shards[s].rows, -1);
  }

  absl::StatusOr<Clustering> Run(const LearnerProgress& progress) {
    double before = std::numeric_limits<double>::infinity();
    // Repairs may need a few iterations more than asked for: no cluster is left empty.
    const int limit = options_.max_iterations + k_;
    int iteration = 0;
    while (iteration < limit) {
      CLIENTELE_ASSIGN_OR_RETURN(const Pass pass, Assign());
      ++iteration;
      Tell(progress, std::min(1.0, double(iteration) / options_.max_iterations),
           absl::StrFormat("iteration %d, inertia %.6g", iteration, pass.inertia));
      const bool whole = std::find(pass.sizes.begin(), pass.sizes.end(), 0) == pass.sizes.end();
      const bool fixed = pass.moved == 0;
      const bool slow = before - pass.inertia < options_.min_relative_progress * pass.inertia;
      if (whole && (fixed || slow || iteration >= options_.max_iterations)) {
        if (fixed) return Finish(pass, iteration);
        Move(pass);
        CLIENTELE_ASSIGN_OR_RETURN(const Pass last, Assign());
        if (std::find(last.sizes.begin(), last.sizes.end(), 0) == last.sizes.end()) return Finish(last, iteration);
        // The last move emptied a cluster: go on.
        before = last.inertia;
        Move(last);
        CLIENTELE_RETURN_IF_ERROR(FillEmpty(last));
        continue;
      }
      before = whole ? pass.inertia : std::numeric_limits<double>::infinity();
      Move(pass);
      if (!whole) CLIENTELE_RETURN_IF_ERROR(FillEmpty(pass));
    }
    return NotReady(absl::StrCat("could not fill ", k_, " clusters; ask for fewer"));
  }

 private:
  // What one assignment of all rows gives.
  struct Pass {
    std::vector<double> sums;  // [k x d]
    std::vector<int64_t> sizes;
    double inertia = 0;
    int64_t moved = 0;  // Rows that changed their cluster.
  };

  const TrainingMatrix& matrix() const { return sums_.matrix(); }

  absl::StatusOr<Pass> Assign() {
    const NearestCentroid nearest(centroids_, k_, d_);
    const int64_t kd = int64_t{k_} * d_;
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<double> totals, sums_.Sum(kd + k_ + 2, [&](int s, absl::Span<double> result) {
      AssignShard(nearest, s, result);
    }));
    Pass pass;
    pass.sizes.assign(totals.begin() + kd, totals.begin() + kd + k_);
    pass.inertia = totals[kd + k_];
    pass.moved = static_cast<int64_t>(totals[kd + k_ + 1]);
    totals.resize(kd);
    pass.sums = std::move(totals);
    return pass;
  }

  // result: sums [k x d], sizes [k], inertia, rows that changed.
  void AssignShard(const NearestCentroid& nearest, int s, absl::Span<double> result) {
    const TrainingShard& shard = matrix().shards[s];
    double* sizes = result.data() + int64_t{k_} * d_;
    double inertia = 0;
    int64_t moved = 0;
    for (int64_t i = 0; i < shard.rows; ++i) {
      const float* row = shard.values.data() + i * d_;
      const NearestCentroid::Match match = nearest.Find(row);
      inertia += match.squared_distance;
      sizes[match.index] += 1;
      double* sum = result.data() + int64_t{match.index} * d_;
      for (int j = 0; j < d_; ++j) sum[j] += row[j];
      moved += assigned_[s][i] != match.index;
      assigned_[s][i] = match.index;
    }
    sizes[k_] = inertia;
    sizes[k_ + 1] = static_cast<double>(moved);
  }

  void Move(const Pass& pass) {
    for (int c = 0; c < k_; ++c) {
      if (pass.sizes[c] == 0) continue;
      const double size = static_cast<double>(pass.sizes[c]);
      for (int j = 0; j < d_; ++j) centroids_[int64_t{c} * d_ + j] = pass.sums[int64_t{c} * d_ + j] / size;
    }
  }

  // Puts each empty cluster on a row far from its centroid: the farthest row of each shard, farthest first.
  absl::Status FillEmpty(const Pass& pass) {
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> farthest, sums_.Gather(d_ + 1, [&](int s, absl::Span<double> r) {
      FarthestRow(s, r);
    }));
    std::vector<int> order;
    for (int s = 0; s < kShardCount; ++s) {
      if (farthest[int64_t{s} * (d_ + 1)] > 0) order.push_back(s);
    }
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      return farthest[int64_t{a} * (d_ + 1)] > farthest[int64_t{b} * (d_ + 1)];
    });
    size_t next = 0;
    for (int c = 0; c < k_ && next < order.size(); ++c) {
      if (pass.sizes[c] > 0) continue;
      const double* row = farthest.data() + int64_t{order[next++]} * (d_ + 1) + 1;
      std::copy(row, row + d_, centroids_.begin() + int64_t{c} * d_);
    }
    return absl::OkStatus();
  }

  // result: squared distance to its own centroid, then the row.
  void FarthestRow(int s, absl::Span<double> result) const {
    const TrainingShard& shard = matrix().shards[s];
    int64_t farthest = -1;
    for (int64_t i = 0; i < shard.rows; ++i) {
      const double* centroid = centroids_.data() + int64_t{assigned_[s][i]} * d_;
      const double distance = SquaredDistance(shard.values.data() + i * d_, centroid, d_);
      if (distance > result[0]) {
        result[0] = distance;
        farthest = i;
      }
    }
    for (int j = 0; farthest >= 0 && j < d_; ++j) result[1 + j] = shard.values[farthest * d_ + j];
  }

  Clustering Finish(const Pass& pass, int iterations) {
    return {std::move(centroids_), pass.sizes, pass.inertia, iterations};
  }

  const ShardSums& sums_;
  const int k_;
  const int d_;
  const LloydOptions options_;
  std::vector<double> centroids_;
  std::array<std::vector<int32_t>, kShardCount> assigned_;
};

}  // namespace

absl::StatusOr<Clustering> RunLloyd(const ShardSums& sums, std::vector<double> centroids, int k,
                                    const LloydOptions& options, const LearnerProgress& progress) {
  return Lloyd(sums, std::move(centroids), k, options).Run(progress);
}

}  // namespace clientele::training
