// Small training matrices, and learners run on many ranks.
#pragma once

#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "services/training/communicator/thread_communicator.h"
#include "services/training/learners/random.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::testutil {

using training::TrainingMatrix;

// `rows` in order, spread evenly over the shards: row i in shard i 256 / n. `labels`: one a row, or none.
inline TrainingMatrix MakeMatrix(const std::vector<std::vector<double>>& rows, const std::vector<double>& labels = {}) {
  TrainingMatrix matrix;
  matrix.columns = rows.empty() ? 0 : static_cast<int>(rows[0].size());
  for (size_t i = 0; i < rows.size(); ++i) {
    auto& shard = matrix.shards[i * kShardCount / rows.size()];
    ++shard.rows;
    shard.values.insert(shard.values.end(), rows[i].begin(), rows[i].end());
    if (!labels.empty()) shard.labels.push_back(labels[i]);
  }
  return matrix;
}

// n rows of d columns, about standard normal.
inline std::vector<std::vector<double>> RandomRows(int n, int d, uint64_t seed) {
  training::Random random(seed, 0);
  std::vector<std::vector<double>> rows(n, std::vector<double>(d));
  for (auto& row : rows) {
    for (double& value : row) {
      value = -6;
      for (int i = 0; i < 12; ++i) value += random.Uniform();
    }
  }
  return rows;
}

// What rank `rank` of `ranks` holds of the matrix.
inline TrainingMatrix PartOf(const TrainingMatrix& matrix, int rank, int ranks) {
  TrainingMatrix part;
  part.columns = matrix.columns;
  part.dense_columns = matrix.dense_columns;
  part.fields = matrix.fields;
  part.source = matrix.source;
  for (int s = training::FirstShard(rank, ranks); s < training::FirstShard(rank + 1, ranks); ++s) {
    part.shards[s] = matrix.shards[s];
  }
  return part;
}

// `train` on every rank at once; its results in rank order.
template <typename Result>
std::vector<absl::StatusOr<Result>> RunOnRanks(
    const TrainingMatrix& matrix, int ranks,
    const std::function<absl::StatusOr<Result>(const TrainingMatrix&, training::Communicator&)>& train) {
  auto group = training::MakeThreadGroup(ranks, absl::Seconds(60));
  std::vector<absl::StatusOr<Result>> results(ranks, absl::UnknownError("did not run"));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank) {
    threads.emplace_back([&, rank] {
      const TrainingMatrix part = PartOf(matrix, rank, ranks);
      results[rank] = train(part, *group[rank]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return results;
}

}  // namespace clientele::testutil
