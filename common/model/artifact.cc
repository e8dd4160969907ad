#include "common/model/artifact.h"

#include <algorithm>
#include <utility>

#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/dataset/order_statistics.h"
#include "common/dataset/part_sums.h"
#include "common/model/block_encoder.h"
#include "common/model/quantile.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace clientele::model {

using dataset::Dataset;
using dataset::RowSelection;

namespace {

void PredictShard(const Predictor& predictor, const Dataset& dataset, const BlockEncoder& encoder,
                  const RowSelection& selection, int shard, absl::FunctionRef<void(int, int64_t, Prediction&)> take) {
  std::vector<Prediction> predictions(kRowsAtOnce);
  std::vector<double> columns(static_cast<size_t>(kRowsAtOnce) * encoder.width());
  std::vector<int64_t> rows;
  Workspace workspace;
  int64_t scored = 0;  // Of the selected rows.
  const auto score = [&] {
    encoder.Encode(shard, rows, columns.data());
    const auto tile = absl::MakeSpan(predictions).first(rows.size());
    predictor.PredictColumns(columns, workspace, tile);
    for (Prediction& prediction : tile) take(shard, scored++, prediction);
    rows.clear();
  };
  for (int64_t row = 0; row < dataset.shards[shard].rows; ++row) {
    if (selection.Has(shard, row)) rows.push_back(row);
    if (rows.size() == kRowsAtOnce) score();
  }
  score();
}

// Where each shard's selected rows begin among all, and the end after the last.
std::vector<int64_t> StartsOf(const RowSelection& selection) {
  std::vector<int64_t> starts(kShardCount + 1, 0);
  for (int s = 0; s < kShardCount; ++s) starts[s + 1] = starts[s] + selection.count(s);
  return starts;
}

}  // namespace

absl::Status CompleteArtifact(const Dataset& dataset, const RowSelection& training, int threads,
                              v1::ModelArtifact& artifact, dataset::Parts& parts) {
  artifact.set_format_version(kFormatVersion);
  artifact.clear_score_quantiles();
  artifact.clear_golden_rows();
  CLIENTELE_ASSIGN_OR_RETURN(auto histograms, ComputeHistograms(dataset, training, artifact.schema(), threads, parts));
  artifact.mutable_histograms()->Assign(histograms.begin(), histograms.end());
  CLIENTELE_ASSIGN_OR_RETURN(const auto predictor, Predictor::Create(artifact));
  if (!artifact.has_kmeans()) {
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<double> scores, ScoreRows(*predictor, dataset, training, threads));
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> quantiles, ComputeScoreQuantiles(std::move(scores), parts));
    artifact.mutable_score_quantiles()->Assign(quantiles.begin(), quantiles.end());
  }
  const std::vector<v1::GoldenRow> golden = MakeGoldenRows(*predictor);
  artifact.mutable_golden_rows()->Assign(golden.begin(), golden.end());
  return absl::OkStatus();
}

SerializedArtifact SerializeArtifact(const v1::ModelArtifact& artifact) {
  SerializedArtifact result;
  {
    google::protobuf::io::StringOutputStream stream(&result.bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    artifact.SerializeToCodedStream(&out);
  }
  result.sha256 = Sha256Hex(result.bytes);
  return result;
}

absl::Status ForEachPrediction(const Predictor& predictor, const Dataset& dataset, const RowSelection& selection,
                               int threads, absl::FunctionRef<void(int, int64_t, Prediction&)> take) {
  CLIENTELE_ASSIGN_OR_RETURN(const DatasetEncoder encoder, DatasetEncoder::Create(predictor.encoder(), dataset));
  const BlockEncoder block(encoder);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (int s = 0; s < kShardCount; ++s) {
    if (dataset.shards[s].rows > 0) PredictShard(predictor, dataset, block, selection, s, take);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::vector<Prediction>>> PredictRows(const Predictor& predictor, const Dataset& dataset,
                                                                 const RowSelection& selection, int threads) {
  std::vector<std::vector<Prediction>> shards(kShardCount);
  for (int s = 0; s < kShardCount; ++s) shards[s].resize(selection.count(s));
  CLIENTELE_RETURN_IF_ERROR(ForEachPrediction(
      predictor, dataset, selection, threads,
      [&](int shard, int64_t i, Prediction& prediction) { shards[shard][i] = std::move(prediction); }));
  return shards;
}

absl::StatusOr<std::vector<double>> ScoreRows(const Predictor& predictor, const Dataset& dataset,
                                              const RowSelection& selection, int threads, double Scores::*number) {
  const std::vector<int64_t> starts = StartsOf(selection);
  std::vector<double> scores(starts[kShardCount]);
  CLIENTELE_RETURN_IF_ERROR(ForEachPrediction(
      predictor, dataset, selection, threads,
      [&](int shard, int64_t i, const Prediction& prediction) { scores[starts[shard] + i] = prediction.*number; }));
  return scores;
}

absl::StatusOr<std::vector<double>> ClassProbabilities(const Predictor& predictor, const Dataset& dataset,
                                                       const RowSelection& selection, int threads) {
  const std::vector<int64_t> starts = StartsOf(selection);
  const int classes = predictor.artifact().multinomial_regression().classes_size();
  std::vector<double> probabilities(starts[kShardCount] * classes);
  CLIENTELE_RETURN_IF_ERROR(ForEachPrediction(
      predictor, dataset, selection, threads, [&](int shard, int64_t i, const Prediction& prediction) {
        std::copy(prediction.probabilities.begin(), prediction.probabilities.end(),
                  probabilities.begin() + (starts[shard] + i) * classes);
      }));
  return probabilities;
}

absl::StatusOr<std::vector<double>> ComputeScoreQuantiles(std::vector<double> scores, dataset::Parts& parts) {
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t rows, dataset::SumCount(static_cast<int64_t>(scores.size()), parts));
  if (rows == 0) return absl::FailedPreconditionError("there is no row with a score");
  std::vector<QuantilePlace> places;
  std::vector<int64_t> ranks;
  for (int percent = 0; percent <= 100; ++percent) {
    const QuantilePlace& place = places.emplace_back(static_cast<size_t>(rows), percent / 100.0);
    ranks.push_back(static_cast<int64_t>(place.index));
    ranks.push_back(static_cast<int64_t>(place.index) + (place.weight == 0 ? 0 : 1));
  }
  std::vector<std::vector<double>> lists;
  lists.push_back(std::move(scores));
  CLIENTELE_ASSIGN_OR_RETURN(const auto found, dataset::OrderStatistics(lists, {ranks}, /*threads=*/1, parts));
  std::vector<double> quantiles;
  for (size_t i = 0; i < places.size(); ++i) {
    const double below = found[0][2 * i], above = found[0][2 * i + 1];
    quantiles.push_back(std::min(above, below + places[i].weight * (above - below)));
  }
  return quantiles;
}

}  // namespace clientele::model
