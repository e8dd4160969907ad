#include "services/training/learners/kmeans/stability.h"

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/learners/kmeans/assign.h"
#include "services/training/learners/kmeans/seeding.h"

namespace clientele::training {
namespace {

constexpr int kRuns = 2;  // Of each resample; the better one counts.
constexpr int kMostIterations = 50;
constexpr int64_t kMostSampled = 20000;
constexpr int64_t kLeastOfCluster = 20;
constexpr int64_t kMostProducts = 200'000'000;   // m k d
constexpr uint64_t kStream = uint64_t{1} << 63;  // Unlike those of the restarts.

// The distinct rows of a resample, with how often each was drawn in its weight.
struct Resample {
  TrainingMatrix matrix;
  std::vector<uint16_t> original;  // The cluster each row has in the model.

  Resample(const RowSample& sample, int d, const std::vector<uint16_t>& labels, Random& random) {
    const size_t m = labels.size();
    std::vector<int> drawn(m, 0);
    for (size_t i = 0; i < m; ++i) ++drawn[static_cast<size_t>(random.Uniform() * static_cast<double>(m))];
    matrix.columns = d;
    for (size_t i = 0; i < m; ++i) {
      if (drawn[i] == 0) continue;
      TrainingShard& shard = matrix.shards[i * kShardCount / m];
      ++shard.rows;
      shard.values.insert(shard.values.end(), sample.values.begin() + i * d, sample.values.begin() + (i + 1) * d);
      shard.weights.push_back(drawn[i] * (sample.weights.empty() ? 1.0 : sample.weights[i]));
      original.push_back(labels[i]);
    }
  }
};

// The clusters that the resample's own centroids give its rows, in row order.
absl::StatusOr<std::vector<uint16_t>> ClusterAnew(const Resample& resample, int k, LloydOptions options, Random& random,
                                                  const StopToken& stop) {
  LocalCommunicator local;
  const ShardSums sums(resample.matrix, local, 1, stop);
  CLIENTELE_ASSIGN_OR_RETURN(const RowFrame frame, MakeRowFrame(sums));
  options.max_iterations = std::min(options.max_iterations, kMostIterations);
  Clustering best;
  for (int run = 0; run < kRuns; ++run) {
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<double> seeds, SeedPlusPlus(sums, k, random));
    CLIENTELE_ASSIGN_OR_RETURN(Clustering found, RunLloyd(sums, frame, std::move(seeds), k, options, {}));
    if (run == 0 || found.inertia < best.inertia) best = std::move(found);
  }
  const PackedCentroids packed(best.centroids, k, frame);
  std::vector<uint16_t> labels(resample.original.size());
  uint16_t* next = labels.data();
  for (const TrainingShard& shard : resample.matrix.shards) {
    LabelRows(shard.values.data(), shard.rows, packed, frame, next);
    next += shard.rows;
  }
  return labels;
}

// Each cluster's largest Jaccard similarity with a cluster of `anew`; -1 where it has no row here.
std::vector<double> Similarities(const std::vector<uint16_t>& original, const std::vector<uint16_t>& anew, int k) {
  std::vector<int64_t> both(int64_t{k} * k, 0), sizes(k, 0), new_sizes(k, 0);
  for (size_t i = 0; i < original.size(); ++i) {
    ++both[int64_t{original[i]} * k + anew[i]];
    ++sizes[original[i]];
    ++new_sizes[anew[i]];
  }
  std::vector<double> similarities(k, -1.0);
  for (int c = 0; c < k; ++c) {
    for (int other = 0; other < k && sizes[c] > 0; ++other) {
      const int64_t shared = both[int64_t{c} * k + other];
      const double either = static_cast<double>(sizes[c] + new_sizes[other] - shared);
      similarities[c] = std::max(similarities[c], static_cast<double>(shared) / either);
    }
  }
  return similarities;
}

}  // namespace

int StabilitySample(int k, int d) {
  const int64_t affordable = kMostProducts / (int64_t{k} * d);
  return static_cast<int>(std::clamp<int64_t>(affordable, std::min(kLeastOfCluster * k, kMostSampled), kMostSampled));
}

absl::StatusOr<std::vector<double>> MeasureStability(const RowSample& sample, const RowFrame& frame,
                                                     const std::vector<double>& centroids,
                                                     const KMeansSettings& settings, uint64_t seed, int threads,
                                                     const StopToken& stop) {
  const int d = static_cast<int>(frame.shift.size());
  const int k = static_cast<int>(centroids.size()) / d;
  std::vector<uint16_t> labels(sample.values.size() / d);
  LabelRows(sample.values.data(), static_cast<int64_t>(labels.size()), PackedCentroids(centroids, k, frame), frame,
            labels.data());
  std::vector<std::vector<double>> similarities(settings.stability_resamples);
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (int b = 0; b < settings.stability_resamples; ++b) {
    if (!stop.Check().ok()) continue;
    Random random(seed, kStream | static_cast<uint64_t>(b));
    const Resample resample(sample, d, labels, random);
    const auto anew = ClusterAnew(resample, k, settings.lloyd, random, stop);
    if (anew.ok()) similarities[b] = Similarities(resample.original, *anew, k);
  }
  CLIENTELE_RETURN_IF_ERROR(stop.Check());
  std::vector<double> stability(k, 0.0);
  std::vector<int> counted(k, 0);
  for (const std::vector<double>& one : similarities) {
    for (size_t c = 0; c < one.size(); ++c) {
      if (one[c] < 0) continue;
      stability[c] += one[c];
      ++counted[c];
    }
  }
  for (int c = 0; c < k; ++c) stability[c] /= std::max(1, counted[c]);
  return stability;
}

}  // namespace clientele::training
