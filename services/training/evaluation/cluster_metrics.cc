#include "services/training/evaluation/cluster_metrics.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "common/base/status_macros.h"

namespace clientele::training {
namespace {

// [d x m] of [m x d]: what a point is to all others can then be computed for many of them at once.
std::vector<double> Transposed(absl::Span<const float> points, int d) {
  const size_t m = points.size() / d;
  std::vector<double> columns(points.size());
  for (size_t at = 0; at < points.size(); ++at) columns[at % d * m + at / d] = points[at];
  return columns;
}

// squares[i] = the squared distance of points i and j. `columns` [d x m].
void SquaredDistances(absl::Span<const double> columns, size_t j, absl::Span<double> squares) {
  const size_t m = squares.size();
  std::fill(squares.begin(), squares.end(), 0.0);
  for (size_t first = 0; first < columns.size(); first += m) {
    const double value = columns[first + j];
    for (size_t i = 0; i < m; ++i) squares[i] += (columns[first + i] - value) * (columns[first + i] - value);
  }
}

// `to_clusters` [k]: the sums of the point's distances to the points of each cluster.
double SilhouetteOf(absl::Span<const double> to_clusters, absl::Span<const int64_t> sizes, int own) {
  if (sizes[own] < 2) return 0;
  const double inside = to_clusters[own] / static_cast<double>(sizes[own] - 1);
  double outside = std::numeric_limits<double>::infinity();
  for (size_t c = 0; c < sizes.size(); ++c) {
    if (static_cast<int>(c) == own || sizes[c] == 0) continue;
    outside = std::min(outside, to_clusters[c] / static_cast<double>(sizes[c]));
  }
  const double larger = std::max(inside, outside);
  return larger == 0 || !std::isfinite(outside) ? 0 : (outside - inside) / larger;
}

}  // namespace

absl::StatusOr<double> Silhouette(absl::Span<const float> points, int d, absl::Span<const int> clusters, int k,
                                  int threads, const StopToken& stop) {
  const int64_t m = static_cast<int64_t>(clusters.size());
  if (m == 0) return 0.0;
  std::vector<int64_t> sizes(k, 0);
  for (const int cluster : clusters) ++sizes[cluster];
  const std::vector<double> columns = Transposed(points, d);
  std::vector<double> silhouettes(m, 0.0);
  std::atomic<bool> stopped = false;
#pragma omp parallel for schedule(dynamic, 16) num_threads(threads)
  for (int64_t i = 0; i < m; ++i) {
    if (stopped.load(std::memory_order_relaxed)) continue;
    if (!stop.Check().ok()) stopped.store(true, std::memory_order_relaxed);
    std::vector<double> to_clusters(k, 0.0), squares(m);
    SquaredDistances(columns, i, absl::MakeSpan(squares));
    for (double& square : squares) square = std::sqrt(square);
    for (int64_t j = 0; j < m; ++j) to_clusters[clusters[j]] += squares[j];
    silhouettes[i] = SilhouetteOf(to_clusters, sizes, clusters[i]);
  }
  if (stopped.load()) return stop.Check();
  double sum = 0;
  for (const double silhouette : silhouettes) sum += silhouette;
  return sum / static_cast<double>(m);
}

double DaviesBouldin(absl::Span<const double> centroids, int d, absl::Span<const double> mean_distances,
                     absl::Span<const int64_t> sizes) {
  const int k = static_cast<int>(sizes.size());
  double sum = 0;
  int clusters = 0;
  for (int a = 0; a < k; ++a) {
    if (sizes[a] == 0) continue;
    double worst = 0;
    for (int b = 0; b < k; ++b) {
      if (a == b || sizes[b] == 0) continue;
      double squared = 0;
      for (int j = 0; j < d; ++j) {
        const double difference = centroids[int64_t{a} * d + j] - centroids[int64_t{b} * d + j];
        squared += difference * difference;
      }
      const double spread = mean_distances[a] + mean_distances[b];
      if (squared > 0) worst = std::max(worst, spread / std::sqrt(squared));
      if (squared == 0) worst = std::numeric_limits<double>::infinity();
    }
    sum += worst;
    ++clusters;
  }
  return clusters < 2 ? 0 : sum / clusters;
}

double CalinskiHarabasz(double within, double total, double n, int k) {
  if (k < 2 || n <= k) return 0;
  if (within == 0) return std::numeric_limits<double>::infinity();
  return std::max(0.0, total - within) / (k - 1) / (within / (n - k));
}

}  // namespace clientele::training
