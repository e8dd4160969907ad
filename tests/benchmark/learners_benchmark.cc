// The learners on synthetic rows of 32 columns: what a nightly retraining spends its time on once the data is in memory.
// The argument is the number of threads; CLIENTELE_BENCHMARK_BRIEF shrinks the data.
//
//   build/release/bin/learners_benchmark
#include <cmath>
#include <cstdlib>

#include "benchmark/benchmark.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/learners/kmeans/train.h"
#include "services/training/learners/logistic_regression/train.h"
#include "services/training/learners/random.h"
#include "services/training/learners/value_regression/train.h"

namespace clientele::training {
namespace {

constexpr int kColumns = 32;

int64_t Rows() { return std::getenv("CLIENTELE_BENCHMARK_BRIEF") != nullptr ? 5'000 : 200'000; }

// Rows around eight centres; the label leans on the first columns.
TrainingMatrix MakeMatrix(bool binary) {
  TrainingMatrix matrix;
  matrix.columns = kColumns;
  Random random(/*seed=*/1, /*stream=*/0);
  for (int64_t row = 0; row < Rows(); ++row) {
    TrainingShard& shard = matrix.shards[static_cast<size_t>(row % kShardCount)];
    const double centre = static_cast<double>(random.Next() % 8);
    double score = 0;
    for (int column = 0; column < kColumns; ++column) {
      const double noise = random.Uniform() + random.Uniform() + random.Uniform() - 1.5;
      const double value = noise + std::sin(centre * (column + 1));
      shard.values.push_back(static_cast<float>(value));
      if (column < 4) score += value / (column + 1);
    }
    const double chance = 1 / (1 + std::exp(-score));
    shard.labels.push_back(binary ? (random.Uniform() < chance ? 1.0 : 0.0) : std::exp(score) * random.Uniform());
    ++shard.rows;
  }
  return matrix;
}

template <typename Train>
void Run(benchmark::State& state, const TrainingMatrix& matrix, const Train& train) {
  for (auto _ : state) {
    LocalCommunicator alone;
    const auto result = train(matrix, alone, static_cast<int>(state.range(0)));
    if (!result.ok()) {
      state.SkipWithError(std::string(result.status().message()).c_str());
      return;
    }
  }
  state.SetItemsProcessed(state.iterations() * Rows());
}

// Twenty Lloyd iterations from one seeding, k = 16.
void KMeans(benchmark::State& state) {
  static const TrainingMatrix matrix = MakeMatrix(true);
  model::v1::KMeansParameters parameters;
  parameters.set_num_clusters(16);
  parameters.set_restarts(1);
  parameters.set_max_iterations(20);
  parameters.set_min_relative_progress(-1);
  parameters.set_stability_resamples(-1);
  Run(state, matrix, [&](const TrainingMatrix& rows, Communicator& communicator, int threads) {
    return TrainKMeans(rows, parameters, /*seed=*/1, communicator, threads, StopToken(), nullptr);
  });
}
BENCHMARK(KMeans)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

void LogisticRegression(benchmark::State& state) {
  static const TrainingMatrix matrix = MakeMatrix(true);
  Run(state, matrix, [](const TrainingMatrix& rows, Communicator& communicator, int threads) {
    return TrainLogisticRegression(rows, {}, communicator, threads, StopToken(), nullptr);
  });
}
BENCHMARK(LogisticRegression)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

void ValueRegression(benchmark::State& state) {
  static const TrainingMatrix matrix = MakeMatrix(false);
  Run(state, matrix, [](const TrainingMatrix& rows, Communicator& communicator, int threads) {
    return TrainValueRegression(rows, {}, communicator, threads, StopToken(), nullptr);
  });
}
BENCHMARK(ValueRegression)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace clientele::training

BENCHMARK_MAIN();
