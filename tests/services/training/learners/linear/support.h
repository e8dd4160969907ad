// Fits of the linear learners' engine for tests, and rows of two classes for them.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "services/training/communicator/local_communicator.h"
#include "services/training/learners/linear/fit.h"
#include "services/training/learners/random.h"
#include "tests/services/training/support/matrices.h"
#include "tests/testing/status_matchers.h"

namespace clientele::testutil {

inline int64_t RowsOf(const training::TrainingMatrix& matrix) {
  int64_t rows = 0;
  for (const training::TrainingShard& shard : matrix.shards) rows += shard.rows;
  return rows;
}

inline bool GoOn(const training::LinearFit&) { return true; }

inline training::LinearFit Fit(const training::TrainingMatrix& matrix, const training::Family& family,
                               const training::LinearFitOptions& options, int threads = 1) {
  training::LocalCommunicator local;
  const training::ShardSums sums(matrix, local, threads, StopToken());
  const std::vector<double> start(family.heads() * (matrix.columns + 1), 0.0);
  auto fit = training::FitLinear(sums, family, start, RowsOf(matrix), options, GoOn);
  EXPECT_OK(fit.status());
  return fit.ok() ? *std::move(fit) : training::LinearFit();
}

// Labels of 0 and 1 that lean on the first two columns.
inline std::vector<double> BinaryLabels(const std::vector<std::vector<double>>& rows, uint64_t seed) {
  training::Random random(seed, 1);
  std::vector<double> labels;
  for (const auto& row : rows) {
    const double score = 0.8 * row[0] - 0.5 * row[1] - 0.4;
    labels.push_back(random.Uniform() < 1 / (1 + std::exp(-score)) ? 1 : 0);
  }
  return labels;
}

inline training::TrainingMatrix BinaryRows(int n, int d, uint64_t seed) {
  const auto rows = RandomRows(n, d, seed);
  return MakeMatrix(rows, BinaryLabels(rows, seed));
}

}  // namespace clientele::testutil
