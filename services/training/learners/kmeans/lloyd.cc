#include "services/training/learners/kmeans/lloyd.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"
#include "services/training/learners/checks.h"
#include "services/training/learners/kmeans/assign.h"
#include "services/training/learners/kmeans/distances.h"
#include "services/training/learners/kmeans/exact_sums.h"
#include "services/training/learners/row_reader.h"

namespace clientele::training {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

const double* WeightsOf(const TrainingShard& shard) { return shard.weights.empty() ? nullptr : shard.weights.data(); }

class Lloyd {
 public:
  Lloyd(const ShardSums& sums, const RowFrame& frame, std::vector<double> centroids, int k, const LloydOptions& options)
      : sums_(sums),
        frame_(frame),
        k_(k),
        d_(sums.matrix().columns),
        options_(options),
        centroids_(std::move(centroids)),
        totals_(Width(), 0) {
    for (int s = 0; s < kShardCount; ++s) labels_[s].assign(matrix().shards[s].rows, kUnassigned);
  }

  // Notes where it is, and begins where it had got to.
  absl::StatusOr<Clustering> RunNoted(const LearnerProgress& progress, const v1::LloydState* noted) {
    notes_ = true;
    if (noted == nullptr) return Run(progress);
    first_iteration_ = noted->iteration();
    before_ = noted->inertia_before();
    if (noted->centroids_before_size() > 0) {
      // Which cluster a row is in follows from the centroids it was assigned by, whatever was before.
      centroids_.assign(noted->centroids_before().begin(), noted->centroids_before().end());
      CLIENTELE_RETURN_IF_ERROR(Assign().status());
    }
    centroids_.assign(noted->centroids().begin(), noted->centroids().end());
    return Run(progress);
  }

  absl::StatusOr<Clustering> Run(const LearnerProgress& progress) {
    double before = before_;
    // Repairs may need a few iterations more than asked for: no cluster is left empty.
    const int limit = options_.max_iterations + k_;
    for (int iteration = first_iteration_; iteration <= limit; ++iteration) {
      if (notes_) sums_.journal().Note([&] { return StateAt(iteration, before); });
      CLIENTELE_ASSIGN_OR_RETURN(const int64_t moved, Assign());
      const double inertia = Inertia();
      Tell(progress, std::min(1.0, double(iteration) / options_.max_iterations),
           absl::StrFormat("iteration %d, inertia %.6g", iteration, inertia));
      if (moved == 0 && AllFilled()) return Finish(iteration);
      const bool slow = before - inertia < options_.min_relative_progress * inertia;
      const bool last = AllFilled() && (slow || iteration >= options_.max_iterations);
      before = AllFilled() ? inertia : kInfinity;
      CLIENTELE_RETURN_IF_ERROR(MoveCentroids());
      if (!last) continue;
      CLIENTELE_RETURN_IF_ERROR(Assign().status());
      if (AllFilled()) return Finish(iteration);
      // The last move emptied a cluster: go on.
      before = kInfinity;
      CLIENTELE_RETURN_IF_ERROR(MoveCentroids());
    }
    return NotReady(absl::StrCat("could not fill ", k_, " clusters; ask for fewer"));
  }

 private:
  const TrainingMatrix& matrix() const { return sums_.matrix(); }
  // Of the integers: the clusters' sums, weights and counts, and how many rows changed their cluster.
  int64_t Width() const { return int64_t{k_} * (d_ + 2) + 1; }
  ClusterSums Parts(int64_t* integers) const {
    int64_t* weights = integers + int64_t{k_} * d_;
    return {integers, weights, weights + k_};
  }
  const int64_t* weights() const { return totals_.data() + int64_t{k_} * d_; }
  const int64_t* counts() const { return weights() + k_; }
  bool AllFilled() const { return std::find(weights(), weights() + k_, 0) == weights() + k_; }

  // Labels every row and brings the totals up to date. Returns how many rows changed their cluster.
  absl::StatusOr<int64_t> Assign() {
    const PackedCentroids packed(centroids_, k_, frame_);
    CLIENTELE_ASSIGN_OR_RETURN(const auto changes, SumIntegers(sums_, Width(), [&](int s, int64_t* integers) {
                                 const double* weights = WeightsOf(matrix().shards[s]);
                                 RowReader(matrix()).ForBlocks(s, [&](int64_t first, int64_t n, const float* rows) {
                                   integers[Width() - 1] +=
                                       AssignRows(rows, n, weights == nullptr ? nullptr : weights + first, packed,
                                                  frame_, labels_[s].data() + first, Parts(integers));
                                 });
                               }));
    for (size_t i = 0; i < totals_.size(); ++i) totals_[i] += changes[i];
    assigned_by_ = centroids_;
    return changes.back();
  }

  v1::CheckpointStep StateAt(int iteration, double before) const {
    v1::CheckpointStep step;
    v1::LloydState& state = *step.mutable_lloyd();
    state.set_iteration(iteration);
    state.set_inertia_before(before);
    *state.mutable_centroids_before() = {assigned_by_.begin(), assigned_by_.end()};
    *state.mutable_centroids() = {centroids_.begin(), centroids_.end()};
    return step;
  }

  // sum of w (x_j - shift_j) over a cluster's rows.
  double SumOf(int c, int j) const { return static_cast<double>(totals_[int64_t{c} * d_ + j]) / frame_.scale[j]; }
  double WeightOf(int c) const { return static_cast<double>(weights()[c]) / frame_.weight_scale; }

  // Of the labels under the centroids they were found by: sum w |x|^2 - 2 sum c . S + sum W |c|^2, all from the shift.
  double Inertia() const {
    double inertia = 0;
    for (const double squares : frame_.squares) inertia += squares;
    for (int c = 0; c < k_; ++c) {
      const double weight = WeightOf(c);
      for (int j = 0; j < d_; ++j) {
        const double value = centroids_[int64_t{c} * d_ + j] - frame_.shift[j];
        inertia += value * (weight * value - 2 * SumOf(c, j));
      }
    }
    return std::max(inertia, 0.0);
  }

  // Each centroid to the mean of its rows, those without rows to the rows worst served.
  absl::Status MoveCentroids() {
    const bool filled = AllFilled();
    for (int c = 0; c < k_; ++c) {
      if (weights()[c] == 0) continue;
      const double weight = WeightOf(c);
      for (int j = 0; j < d_; ++j) centroids_[int64_t{c} * d_ + j] = frame_.shift[j] + SumOf(c, j) / weight;
    }
    if (options_.unit_length) ScaleToUnitLength(centroids_, d_);
    return filled ? absl::OkStatus() : FillEmpty();
  }

  // Puts each empty cluster on a row far from its centroid: the farthest row of each shard, farthest first.
  absl::Status FillEmpty() {
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> farthest,
                               sums_.Gather(d_ + 1, [&](int s, absl::Span<double> r) { FarthestRow(s, r); }));
    std::vector<int> order;
    for (int s = 0; s < kShardCount; ++s) {
      if (farthest[int64_t{s} * (d_ + 1)] > 0) order.push_back(s);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return farthest[int64_t{a} * (d_ + 1)] > farthest[int64_t{b} * (d_ + 1)]; });
    size_t next = 0;
    for (int c = 0; c < k_ && next < order.size(); ++c) {
      if (weights()[c] != 0) continue;
      const double* row = farthest.data() + int64_t{order[next++]} * (d_ + 1) + 1;
      std::copy(row, row + d_, centroids_.begin() + int64_t{c} * d_);
    }
    return absl::OkStatus();
  }

  std::vector<double> SquaresOf(int s) const {
    const TrainingShard& shard = matrix().shards[s];
    std::vector<double> squares(shard.rows);
    RowReader(matrix()).ForBlocks(s, [&](int64_t first, int64_t n, const float* rows) {
      SquaredDistances(rows, n, d_, centroids_.data(), labels_[s].data() + first, squares.data() + first);
    });
    return squares;
  }

  // result: squared distance to its own centroid, then the row. Rows without weight fill nothing.
  void FarthestRow(int s, absl::Span<double> result) const {
    const TrainingShard& shard = matrix().shards[s];
    const std::vector<double> squares = SquaresOf(s);
    int64_t farthest = -1;
    for (int64_t i = 0; i < shard.rows; ++i) {
      if (squares[i] <= result[0] || (!shard.weights.empty() && shard.weights[i] == 0)) continue;
      result[0] = squares[i];
      farthest = i;
    }
    if (farthest < 0) return;
    RowReader reader(matrix());
    std::copy_n(reader.Row(s, farthest), d_, result.begin() + 1);
  }

  // One more look at the rows, in float64: distances to their centroids, and their squares.
  absl::StatusOr<Clustering> Finish(int iterations) {
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<double> totals, sums_.Sum(k_ + 1, [&](int s, absl::Span<double> result) {
      const double* row_weights = WeightsOf(matrix().shards[s]);
      const std::vector<double> squares = SquaresOf(s);
      for (size_t i = 0; i < squares.size(); ++i) {
        const double weight = row_weights == nullptr ? 1.0 : row_weights[i];
        result[labels_[s][i]] += weight * std::sqrt(squares[i]);
        result[k_] += weight * squares[i];
      }
    }));
    Clustering clustering{std::move(centroids_), {counts(), counts() + k_}, {}, totals[k_], iterations};
    for (int c = 0; c < k_; ++c) clustering.spreads.push_back(totals[c] / WeightOf(c));
    return clustering;
  }

  const ShardSums& sums_;
  const RowFrame& frame_;
  const int k_;
  const int d_;
  const LloydOptions options_;
  std::vector<double> centroids_;
  std::vector<double>
      assigned_by_;  // [k x d]: where the centroids were when rows were assigned last. Empty: they were not.
  bool notes_ = false;
  int first_iteration_ = 1;
  double before_ = kInfinity;  // The inertia before the first iteration.
  AlignedVector<int64_t> totals_;
  std::array<std::vector<uint16_t>, kShardCount> labels_;
};

}  // namespace

absl::StatusOr<Clustering> RunLloyd(const ShardSums& sums, const RowFrame& frame, std::vector<double> centroids, int k,
                                    const LloydOptions& options, const LearnerProgress& progress) {
  return Lloyd(sums, frame, std::move(centroids), k, options).Run(progress);
}

absl::StatusOr<Clustering> RunNotedLloyd(const ShardSums& sums, const RowFrame& frame, std::vector<double> centroids,
                                         int k, const LloydOptions& options, const LearnerProgress& progress,
                                         const v1::LloydState* noted) {
  return Lloyd(sums, frame, std::move(centroids), k, options).RunNoted(progress, noted);
}

void ScaleToUnitLength(std::vector<double>& centroids, int d) {
  for (auto row = centroids.begin(); row != centroids.end(); row += d) {
    double square = 0;
    for (int j = 0; j < d; ++j) square += row[j] * row[j];
    if (square == 0) continue;
    const double scale = 1 / std::sqrt(square);
    for (int j = 0; j < d; ++j) row[j] *= scale;
  }
}

}  // namespace clientele::training
