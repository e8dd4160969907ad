#include "services/training/learners/kmeans/quality.h"

#include "common/base/status_macros.h"
#include "services/training/evaluation/cluster_metrics.h"
#include "services/training/learners/kmeans/assign.h"

namespace clientele::training {

absl::StatusOr<ClusterQuality> MeasureClusters(const ShardSums& sums, const RowFrame& frame,
                                               const Clustering& clustering, absl::Span<const float> sample) {
  const int k = static_cast<int>(clustering.sizes.size());
  const int d = static_cast<int>(frame.shift.size());
  std::vector<uint16_t> labels(sample.size() / d);
  LabelRows(sample.data(), static_cast<int64_t>(labels.size()), PackedCentroids(clustering.centroids, k, frame), frame,
            labels.data());
  const std::vector<int> clusters(labels.begin(), labels.end());
  ClusterQuality quality;
  CLIENTELE_ASSIGN_OR_RETURN(quality.silhouette, Silhouette(sample, d, clusters, k, sums.threads(), sums.stop()));
  quality.davies_bouldin = DaviesBouldin(clustering.centroids, d, clustering.spreads, clustering.sizes);
  quality.calinski_harabasz = CalinskiHarabasz(clustering.inertia, frame.InertiaAround(frame.means), frame.weight, k);
  return quality;
}

}  // namespace clientele::training
