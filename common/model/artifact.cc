#include "common/model/artifact.h"

#include <algorithm>

#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/model/quantile.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace clientele::model {

using dataset::Dataset;
using dataset::RowSelection;

namespace {

std::vector<Prediction> PredictShard(const Predictor& predictor, const DatasetEncoder& encoder,
                                     const RowSelection& selection, int shard) {
  const int d = predictor.encoder().num_columns();
  std::vector<Prediction> predictions(selection.count(shard));
  std::vector<double> columns(static_cast<size_t>(kRowsAtOnce) * d);
  Workspace workspace;
  size_t scored = 0, encoded = 0;  // Of the selected rows; the second is never behind.
  const auto score = [&] {
    predictor.PredictColumns(columns, workspace, absl::MakeSpan(predictions).subspan(scored, encoded - scored));
    scored = encoded;
  };
  for (int64_t row = 0; row < encoder.dataset().shards[shard].rows; ++row) {
    if (!selection.Has(shard, row)) continue;
    encoder.EncodeRow(shard, row, columns.data() + (encoded - scored) * d);
    if (++encoded - scored == kRowsAtOnce) score();
  }
  score();
  return predictions;
}

}  // namespace

absl::Status CompleteArtifact(const Dataset& dataset, const RowSelection& training, int threads,
                              v1::ModelArtifact& artifact) {
  artifact.set_format_version(kFormatVersion);
  artifact.clear_score_quantiles();
  artifact.clear_golden_rows();
  CLIENTELE_ASSIGN_OR_RETURN(auto histograms, ComputeHistograms(dataset, training, artifact.schema(), threads));
  artifact.mutable_histograms()->Assign(histograms.begin(), histograms.end());
  CLIENTELE_ASSIGN_OR_RETURN(const auto predictor, Predictor::Create(artifact));
  if (!artifact.has_kmeans()) {
    CLIENTELE_ASSIGN_OR_RETURN(const auto shards, PredictRows(*predictor, dataset, training, threads));
    std::vector<double> scores;
    for (const auto& shard : shards) {
      for (const Prediction& prediction : shard) scores.push_back(prediction.output);
    }
    if (scores.empty()) return absl::FailedPreconditionError("there is no training row");
    const std::vector<double> quantiles = ComputeScoreQuantiles(std::move(scores));
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

absl::StatusOr<std::vector<std::vector<Prediction>>> PredictRows(const Predictor& predictor, const Dataset& dataset,
                                                                 const RowSelection& selection, int threads) {
  CLIENTELE_ASSIGN_OR_RETURN(const DatasetEncoder encoder, DatasetEncoder::Create(predictor.encoder(), dataset));
  std::vector<std::vector<Prediction>> shards(kShardCount);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
  for (int s = 0; s < kShardCount; ++s) {
    shards[s] = PredictShard(predictor, encoder, selection, s);
  }
  return shards;
}

std::vector<double> ComputeScoreQuantiles(std::vector<double> scores) {
  std::sort(scores.begin(), scores.end());  // One sort is cheaper than 101 selections.
  std::vector<double> quantiles;
  for (int percent = 0; percent <= 100; ++percent) quantiles.push_back(SortedQuantile(scores, percent / 100.0));
  return quantiles;
}

}  // namespace clientele::model
