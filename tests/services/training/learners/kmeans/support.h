// What the tests of K-means share.
#pragma once

#include <cstdint>
#include <vector>

#include "services/training/communicator/local_communicator.h"
#include "services/training/learners/kmeans/train.h"
#include "tests/services/training/support/matrices.h"

namespace clientele::testutil {

inline model::v1::KMeansParameters Clusters(int k, int restarts = 10) {
  model::v1::KMeansParameters parameters;
  parameters.set_num_clusters(k);
  parameters.set_restarts(restarts);
  parameters.set_stability_resamples(-1);
  return parameters;
}

inline absl::StatusOr<training::KMeansResult> Train(const training::TrainingMatrix& matrix,
                                                    const model::v1::KMeansParameters& parameters, uint64_t seed = 7,
                                                    int threads = 2, const training::StartingCentroids& starts = {}) {
  training::LocalCommunicator local;
  return TrainKMeans(matrix, parameters, seed, local, threads, StopToken(), {}, starts);
}

// Three clouds of different sizes, far apart: 300 rows about 0, 200 about 50, 100 about 100 in the first column.
inline std::vector<std::vector<double>> ThreeClouds() {
  std::vector<std::vector<double>> rows = RandomRows(600, 2, 5);
  for (size_t i = 0; i < rows.size(); ++i) rows[i][0] += i % 6 == 0 ? 100 : i % 6 <= 2 ? 50 : 0;
  return rows;
}

}  // namespace clientele::testutil
