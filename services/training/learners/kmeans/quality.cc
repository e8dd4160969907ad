#include "services/training/learners/kmeans/quality.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "common/base/status_macros.h"
#include "services/training/evaluation/cluster_metrics.h"
#include "services/training/learners/kmeans/nearest.h"

namespace clientele::training {

absl::StatusOr<std::vector<float>> SampleRows(const ShardSums& sums, int most) {
  const TrainingMatrix& matrix = sums.matrix();
  const int d = matrix.columns;
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> rows, sums.Gather(1, [&](int s, absl::Span<double> result) {
    result[0] = static_cast<double>(matrix.shards[s].rows);
  }));
  int64_t total = 0;
  for (const double shard_rows : rows) total += static_cast<int64_t>(shard_rows);
  const int64_t sampled = std::min<int64_t>(most, total);
  // Row i of all is taken where i * sampled / total steps up: evenly spread, and exactly `sampled` of them.
  std::string mine;
  int64_t first = 0;
  for (int s = 0; s < kShardCount; ++s) {
    for (int64_t i = 0; i < matrix.shards[s].rows; ++i) {
      const int64_t global = first + i;
      if ((global + 1) * sampled / total == global * sampled / total) continue;
      const float* row = matrix.shards[s].values.data() + i * d;
      mine.append(reinterpret_cast<const char*>(row), d * sizeof(float));
    }
    first += static_cast<int64_t>(rows[s]);
  }
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> parts, sums.communicator().AllGather(mine));
  std::vector<float> sample;
  for (const std::string& part : parts) {
    const size_t before = sample.size();
    sample.resize(before + part.size() / sizeof(float));
    std::memcpy(sample.data() + before, part.data(), part.size());
  }
  return sample;
}

absl::StatusOr<ClusterQuality> MeasureClusters(const ShardSums& sums, absl::Span<const double> centroids, int k,
                                               absl::Span<const float> sample) {
  const TrainingMatrix& matrix = sums.matrix();
  const int d = matrix.columns;
  const NearestCentroid nearest(centroids, k, d);
  // Distances [k], then sizes [k].
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<double> totals, sums.Sum(2 * k, [&](int s, absl::Span<double> result) {
    const TrainingShard& shard = matrix.shards[s];
    for (int64_t i = 0; i < shard.rows; ++i) {
      const NearestCentroid::Match match = nearest.Find(shard.values.data() + i * d);
      result[match.index] += std::sqrt(match.squared_distance);
      result[k + match.index] += 1;
    }
  }));
  const std::vector<int64_t> sizes(totals.begin() + k, totals.end());
  for (int c = 0; c < k; ++c) totals[c] /= static_cast<double>(std::max<int64_t>(sizes[c], 1));
  std::vector<int> clusters(sample.size() / d);
  for (size_t i = 0; i < clusters.size(); ++i) clusters[i] = nearest.Find(sample.data() + i * d).index;
  ClusterQuality quality;
  CLIENTELE_ASSIGN_OR_RETURN(quality.silhouette, Silhouette(sample, d, clusters, k, sums.threads(), sums.stop()));
  quality.davies_bouldin = DaviesBouldin(centroids, d, absl::MakeConstSpan(totals).first(k), sizes);
  return quality;
}

}  // namespace clientele::training
