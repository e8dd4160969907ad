// One customer's score, many at once, and a dataset's encoding: a schema of 60 features, 45 numbers and 15 categories
// of 8 values.
//
//   build/release/bin/scoring_benchmark --benchmark_filter=Score
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "common/model/artifact.h"
#include "common/model/encoder.h"
#include "common/model/predictor.h"
#include "common/model/preprocessing.h"
#include "common/model/reasons.h"
#include "tests/common/dataset/table.h"

namespace clientele::model {
namespace {

constexpr int kNumbers = 45;
constexpr int kCategories = 15;
constexpr int kClusters = 8;

dataset::Dataset MakeDataset() {
  const int rows = std::getenv("CLIENTELE_BENCHMARK_BRIEF") != nullptr ? 2'000 : 200'000;
  std::mt19937 random(1);
  testutil::Table table(rows);
  for (int f = 0; f < kNumbers; ++f) {
    std::vector<float> values(rows);
    for (float& value : values)
      value = random() % 20 == 0 ? dataset::kMissingNumber : static_cast<float>(random() % 10'000) / 7;
    table.Number("number_" + std::to_string(f), std::move(values));
  }
  for (int f = 0; f < kCategories; ++f) {
    std::vector<std::string> values(rows);
    for (std::string& value : values) value = "category value " + std::to_string(random() % 8);
    table.Category("category_" + std::to_string(f), std::move(values));
  }
  return table.Build();
}

const dataset::Dataset& SharedDataset() {
  static const auto* const dataset = new dataset::Dataset(MakeDataset());
  return *dataset;
}

v1::ModelArtifact MakeArtifact(bool clusters) {
  const dataset::Dataset& dataset = SharedDataset();
  const auto all = dataset::RowSelection::All(dataset);
  v1::ModelArtifact artifact;
  *artifact.mutable_schema() = SchemaOf(dataset);
  *artifact.mutable_preprocessing() = *FitPreprocessing(dataset, all, {});
  const int columns = artifact.preprocessing().num_columns();
  if (clusters) {
    auto* model = artifact.mutable_kmeans();
    model->set_num_clusters(kClusters);
    for (int i = 0; i < kClusters; ++i) model->add_clusters();
    for (int i = 0; i < kClusters * columns; ++i) model->add_centroids(std::sin(i));
    for (int j = 0; j < columns; ++j) model->add_feature_scale(1);
  } else {
    auto* model = artifact.mutable_logistic_regression();
    for (int j = 0; j < columns; ++j) model->add_coefficients(std::sin(j) / 10);
  }
  if (!CompleteArtifact(dataset, all, 1, artifact).ok()) std::abort();
  return artifact;
}

// Rows that differ, so that branches are not learnt by heart.
std::vector<std::vector<Cell>> SampleRows(const Predictor& predictor) {
  const auto encoder = DatasetEncoder::Create(predictor.encoder(), SharedDataset());
  std::vector<std::vector<Cell>> rows;
  for (int s = 0; s < kShardCount; ++s) {
    rows.emplace_back(predictor.schema().size());
    encoder->ReadCells(s, 0, absl::MakeSpan(rows.back()));
  }
  return rows;
}

void Score(benchmark::State& state, bool clusters, bool explain) {
  const auto predictor = *Predictor::Create(MakeArtifact(clusters));
  const auto rows = SampleRows(*predictor);
  size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(predictor->Predict(rows[i++ % rows.size()], explain));
  state.SetItemsProcessed(state.iterations());
}

// Many rows of cells at once, into memory that is used again.
void ScoreRows(benchmark::State& state, bool clusters, bool explain) {
  const auto predictor = *Predictor::Create(MakeArtifact(clusters));
  std::vector<Cell> cells;
  for (const auto& row : SampleRows(*predictor)) cells.insert(cells.end(), row.begin(), row.end());
  std::vector<Prediction> predictions(cells.size() / predictor->schema().size());
  Workspace workspace;
  for (auto _ : state) {
    predictor->PredictRows(cells, explain, workspace, absl::MakeSpan(predictions));
    benchmark::DoNotOptimize(predictions.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(predictions.size()));
}

BENCHMARK_CAPTURE(ScoreRows, Linear, false, false);
BENCHMARK_CAPTURE(ScoreRows, LinearExplained, false, true);
BENCHMARK_CAPTURE(ScoreRows, EightClusters, true, false);
BENCHMARK_CAPTURE(ScoreRows, EightClustersExplained, true, true);

BENCHMARK_CAPTURE(Score, Linear, false, false);
BENCHMARK_CAPTURE(Score, LinearExplained, false, true);
BENCHMARK_CAPTURE(Score, EightClusters, true, false);
BENCHMARK_CAPTURE(Score, EightClustersExplained, true, true);

// The three strongest reasons, in words.
void Reasons(benchmark::State& state, bool clusters) {
  const auto predictor = *Predictor::Create(MakeArtifact(clusters));
  const auto rows = SampleRows(*predictor);
  std::vector<Prediction> predictions;
  for (const auto& row : rows) predictions.push_back(predictor->Predict(row, /*explain=*/true));
  size_t i = 0;
  for (auto _ : state) {
    const size_t r = i++ % rows.size();
    benchmark::DoNotOptimize(ExplainInWords(*predictor, rows[r], predictions[r], 3));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(Reasons, Linear, false);
BENCHMARK_CAPTURE(Reasons, EightClusters, true);

void Load(benchmark::State& state) {
  const std::string bytes = SerializeArtifact(MakeArtifact(false)).bytes;
  for (auto _ : state) benchmark::DoNotOptimize(Predictor::Load(bytes));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes.size()));
}
BENCHMARK(Load);

void Encode(benchmark::State& state) {
  const auto predictor = *Predictor::Create(MakeArtifact(false));
  const auto encoder = *DatasetEncoder::Create(predictor->encoder(), SharedDataset());
  std::vector<double> columns(predictor->encoder().num_columns());
  for (auto _ : state) {
    for (int s = 0; s < kShardCount; ++s) {
      for (int64_t row = 0; row < SharedDataset().shards[s].rows; ++row) {
        encoder.EncodeRow(s, row, columns.data());
        benchmark::DoNotOptimize(columns.data());
      }
    }
  }
  state.SetItemsProcessed(state.iterations() * SharedDataset().rows());
}
BENCHMARK(Encode);

// A dataset's rows, as training's evaluation scores them.
void PredictDataset(benchmark::State& state) {
  const auto predictor = *Predictor::Create(MakeArtifact(false));
  const auto all = dataset::RowSelection::All(SharedDataset());
  for (auto _ : state) benchmark::DoNotOptimize(PredictRows(*predictor, SharedDataset(), all, /*threads=*/1));
  state.SetItemsProcessed(state.iterations() * SharedDataset().rows());
}
BENCHMARK(PredictDataset);

void Fit(benchmark::State& state) {
  const auto all = dataset::RowSelection::All(SharedDataset());
  const int threads = static_cast<int>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(FitPreprocessing(SharedDataset(), all, {}, threads));
  state.SetItemsProcessed(state.iterations() * SharedDataset().rows());
}
BENCHMARK(Fit)->Arg(1)->Arg(2)->UseRealTime();

}  // namespace
}  // namespace clientele::model

BENCHMARK_MAIN();
