#include "services/training/learners/kmeans/nearest.h"

#include <algorithm>
#include <limits>

namespace clientele::training {

NearestCentroid::NearestCentroid(absl::Span<const double> centroids, int k, int d) : d_(d), k_(k) {
  const int blocks = (k + kLanes - 1) / kLanes;
  blocks_.assign(static_cast<size_t>(blocks) * d * kLanes, 0.0);
  for (int c = 0; c < k; ++c) {
    for (int j = 0; j < d; ++j) {
      blocks_[(static_cast<size_t>(c / kLanes) * d + j) * kLanes + c % kLanes] = centroids[static_cast<size_t>(c) * d + j];
    }
  }
}

NearestCentroid::Match NearestCentroid::Find(const float* row) const {
  Match best{0, std::numeric_limits<double>::infinity()};
  const double* block = blocks_.data();
  for (int first = 0; first < k_; first += kLanes) {
    double distances[kLanes] = {};
    for (int j = 0; j < d_; ++j, block += kLanes) {
      const double x = row[j];
      for (int lane = 0; lane < kLanes; ++lane) {
        const double difference = x - block[lane];
        distances[lane] += difference * difference;
      }
    }
    const int lanes = std::min(kLanes, k_ - first);
    for (int lane = 0; lane < lanes; ++lane) {
      if (distances[lane] < best.squared_distance) best = {first + lane, distances[lane]};
    }
  }
  return best;
}

double SquaredDistance(const float* row, const double* centroid, int d) {
  double sum = 0;
  for (int j = 0; j < d; ++j) {
    const double difference = row[j] - centroid[j];
    sum += difference * difference;
  }
  return sum;
}

}  // namespace clientele::training
