#include "services/training/learners/kmeans/mini_batch.h"

#include <array>

#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"
#include "services/training/learners/kmeans/assign.h"
#include "services/training/learners/kmeans/exact_sums.h"
#include "services/training/learners/row_reader.h"

namespace clientele::training {
namespace {

class MiniBatch {
 public:
  MiniBatch(const ShardSums& sums, const RowFrame& frame, std::vector<double> centroids, int k,
            const LloydOptions& options)
      : sums_(sums),
        frame_(frame),
        k_(k),
        d_(sums.matrix().columns),
        options_(options),
        centroids_(std::move(centroids)),
        weights_(k, 0.0) {}

  absl::StatusOr<MiniBatchEnd> Run(int batch_rows, Random& random, const LearnerProgress& progress) {
    CLIENTELE_ASSIGN_OR_RETURN(const auto rows, sums_.Gather(1, [&](int s, absl::Span<double> result) {
      result[0] = static_cast<double>(sums_.matrix().shards[s].rows);
    }));
    const double spread = frame_.InertiaAround(frame_.means) / frame_.weight;
    int step = 0;
    while (step < options_.max_iterations) {
      ++step;
      Draw(rows, batch_rows, random);
      CLIENTELE_ASSIGN_OR_RETURN(const auto batch, AssignBatch());
      const double moved = MoveCentroids(batch);
      Tell(progress, double(step) / options_.max_iterations,
           absl::StrFormat("iteration %d, %d rows, moved by %.3g", step, batch_rows, moved));
      if (moved < options_.min_relative_progress * spread) break;
    }
    return MiniBatchEnd{std::move(centroids_), step};
  }

 private:
  // The same rows on every rank, though each holds only some.
  void Draw(absl::Span<const double> shard_rows, int batch_rows, Random& random) {
    for (auto& drawn : drawn_) drawn.clear();
    for (int i = 0; i < batch_rows; ++i) {
      auto at = static_cast<int64_t>(random.Uniform() * static_cast<double>(frame_.rows));
      int s = 0;
      while (at >= static_cast<int64_t>(shard_rows[s])) at -= static_cast<int64_t>(shard_rows[s++]);
      drawn_[s].push_back(at);
    }
  }

  absl::StatusOr<AlignedVector<int64_t>> AssignBatch() const {
    const PackedCentroids packed(centroids_, k_, frame_);
    return SumIntegers(sums_, int64_t{k_} * (d_ + 2), [&](int s, int64_t* integers) {
      const TrainingShard& shard = sums_.matrix().shards[s];
      RowReader reader(sums_.matrix());
      AlignedVector<float> rows;
      std::vector<double> weights;
      for (const int64_t i : drawn_[s]) {
        const float* row = reader.Row(s, i);
        rows.insert(rows.end(), row, row + d_);
        weights.push_back(shard.weights.empty() ? 1.0 : shard.weights[i]);
      }
      std::vector<uint16_t> labels(drawn_[s].size(), kUnassigned);
      int64_t* cluster_weights = integers + int64_t{k_} * d_;
      AssignRows(rows.data(), static_cast<int64_t>(labels.size()), weights.data(), packed, frame_, labels.data(),
                 {integers, cluster_weights, cluster_weights + k_});
    });
  }

  // Returns the mean squared distance that the batch's rows saw their centroids move.
  double MoveCentroids(const AlignedVector<int64_t>& batch) {
    const std::vector<double> before = centroids_;
    double moved = 0, total = 0;
    for (int c = 0; c < k_; ++c) {
      const double weight = static_cast<double>(batch[int64_t{k_} * d_ + c]) / frame_.weight_scale;
      if (weight == 0) continue;
      weights_[c] += weight;
      total += weight;
      for (int64_t at = int64_t{c} * d_; at < int64_t{c + 1} * d_; ++at) {
        const int64_t j = at - int64_t{c} * d_;
        const double sum = static_cast<double>(batch[at]) / frame_.scale[j];
        centroids_[at] += (sum - weight * (centroids_[at] - frame_.shift[j])) / weights_[c];
        moved += weight * (centroids_[at] - before[at]) * (centroids_[at] - before[at]);
      }
    }
    if (options_.unit_length) ScaleToUnitLength(centroids_, d_);
    return total == 0 ? 0 : moved / total;
  }

  const ShardSums& sums_;
  const RowFrame& frame_;
  const int k_;
  const int d_;
  const LloydOptions options_;
  std::vector<double> centroids_;
  std::vector<double> weights_;  // [k]: of all rows a centroid was given so far.
  std::array<std::vector<int64_t>, kShardCount> drawn_;
};

}  // namespace

absl::StatusOr<MiniBatchEnd> RunMiniBatch(const ShardSums& sums, const RowFrame& frame, std::vector<double> centroids,
                                          int k, int batch_rows, const LloydOptions& options, Random& random,
                                          const LearnerProgress& progress) {
  return MiniBatch(sums, frame, std::move(centroids), k, options).Run(batch_rows, random, progress);
}

}  // namespace clientele::training
