#include "common/model/predictor.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/algorithms.h"
#include "common/model/artifact.h"
#include "common/model/checks.h"

namespace clientele::model {
namespace {

using v1::ModelArtifact;

constexpr size_t kLargestArtifactBytes = size_t{1} << 30;
constexpr int kScoreQuantiles = 101;

absl::Status CheckSpec(const ModelArtifact& artifact, const Algorithm& algorithm) {
  const auto* spec = artifact.spec().GetDescriptor()->FindOneofByName("algorithm");
  const auto* asked = artifact.spec().GetReflection()->GetOneofFieldDescriptor(artifact.spec(), spec);
  if (asked == nullptr || algorithm.name == asked->name()) return absl::OkStatus();
  return InvalidArtifact(absl::StrCat("the spec asks for ", asked->name(), ", but the model is ",
                                      std::string(algorithm.name)));
}

absl::Status CheckScoreQuantiles(const ModelArtifact& artifact) {
  if (artifact.score_quantiles().empty()) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers("score_quantiles", artifact.score_quantiles(), kScoreQuantiles));
  if (std::is_sorted(artifact.score_quantiles().begin(), artifact.score_quantiles().end())) return absl::OkStatus();
  return InvalidArtifact("score_quantiles fall");
}

}  // namespace

Predictor::Predictor(ModelArtifact artifact, RowEncoder encoder)
    : artifact_(std::move(artifact)), encoder_(std::move(encoder)), percentiles_(artifact_.score_quantiles()) {}

absl::StatusOr<std::shared_ptr<const Predictor>> Predictor::Create(ModelArtifact artifact) {
  if (artifact.format_version() != kFormatVersion) {
    return InvalidArtifact(absl::StrCat("format_version is ", artifact.format_version(), "; this program reads ",
                                        kFormatVersion));
  }
  const Algorithm* algorithm = FindAlgorithm(artifact.model_case());
  if (algorithm == nullptr) return InvalidArtifact("it holds no model");
  CLIENTELE_RETURN_IF_ERROR(CheckSpec(artifact, *algorithm));
  CLIENTELE_RETURN_IF_ERROR(CheckScoreQuantiles(artifact));
  CLIENTELE_ASSIGN_OR_RETURN(RowEncoder encoder, RowEncoder::Create(artifact.schema(), artifact.preprocessing()));
  return algorithm->make(std::move(artifact), std::move(encoder));
}

absl::StatusOr<std::shared_ptr<const Predictor>> Predictor::Load(absl::string_view artifact_bytes) {
  if (artifact_bytes.size() > kLargestArtifactBytes) {
    return InvalidArtifact(absl::StrCat("it has ", artifact_bytes.size(), " bytes; at most ", kLargestArtifactBytes,
                                        " are read"));
  }
  ModelArtifact artifact;
  if (!artifact.ParseFromArray(artifact_bytes.data(), static_cast<int>(artifact_bytes.size()))) {
    return InvalidArtifact("the bytes are not a ModelArtifact");
  }
  CLIENTELE_ASSIGN_OR_RETURN(auto predictor, Create(std::move(artifact)));
  if (predictor->artifact().golden_rows().empty()) return InvalidArtifact("it has no golden rows");
  if (!predictor->artifact().has_kmeans() && predictor->artifact().score_quantiles().empty()) {
    return InvalidArtifact("it has no score_quantiles");
  }
  CLIENTELE_RETURN_IF_ERROR(CheckGoldenRows(*predictor));
  return predictor;
}

void Prediction::Clear() {
  static_cast<Scores&>(*this) = Scores();
  probabilities.clear();
  survival.clear();
  contributions.clear();
  imputed.clear();
}

Prediction Predictor::Predict(absl::Span<const Cell> row, bool explain) const {
  Workspace workspace;
  Prediction prediction;
  PredictRows(row, explain, workspace, absl::MakeSpan(&prediction, 1));
  return prediction;
}

void Predictor::PredictRows(absl::Span<const Cell> rows, bool explain, Workspace& workspace,
                            absl::Span<Prediction> predictions) const {
  const size_t features = encoder_.num_features(), d = encoder_.num_columns();
  for (size_t first = 0; first < predictions.size(); first += kRowsAtOnce) {
    const auto tile = predictions.subspan(first, kRowsAtOnce);
    const auto cells = rows.subspan(first * features, tile.size() * features);
    const absl::Span<const double> columns = encoder_.EncodeRows(cells, workspace);
    PredictTile(columns, workspace, tile);
    for (size_t r = 0; r < tile.size(); ++r) {
      const auto row = cells.subspan(r * features, features);
      if (workspace.incomplete[r] != 0) encoder_.FindMissing(row, tile[r].imputed);
      if (!explain) continue;
      tile[r].contributions.assign(features, 0);
      Explain(row, columns.subspan(r * d, d), tile[r]);
    }
  }
}

void Predictor::PredictNumbers(absl::Span<const double> rows, Workspace& workspace,
                               absl::Span<Prediction> predictions) const {
  const size_t features = encoder_.num_features();
  for (size_t first = 0; first < predictions.size(); first += kRowsAtOnce) {
    const auto tile = predictions.subspan(first, kRowsAtOnce);
    PredictTile(encoder_.EncodeRows(rows.subspan(first * features, tile.size() * features), workspace), workspace,
                tile);
  }
}

Prediction Predictor::PredictColumns(absl::Span<const double> columns) const {
  Prediction prediction;
  Score(columns, prediction);
  prediction.percentile = percentiles_.Of(prediction.output);
  return prediction;
}

void Predictor::PredictColumns(absl::Span<const double> rows, Workspace& workspace,
                               absl::Span<Prediction> predictions) const {
  const size_t d = encoder_.num_columns();
  for (size_t first = 0; first < predictions.size(); first += kRowsAtOnce) {
    const auto tile = predictions.subspan(first, kRowsAtOnce);
    PredictTile(rows.subspan(first * d, tile.size() * d), workspace, tile);
  }
}

void Predictor::PredictTile(absl::Span<const double> rows, Workspace& workspace,
                            absl::Span<Prediction> predictions) const {
  for (Prediction& prediction : predictions) prediction.Clear();
  ScoreRows(rows, workspace, predictions);
  if (percentiles_.empty()) return;
  double percentiles[kRowsAtOnce];
  for (size_t r = 0; r < predictions.size(); ++r) percentiles[r] = predictions[r].output;
  percentiles_.OfEach(absl::MakeSpan(percentiles, predictions.size()));
  for (size_t r = 0; r < predictions.size(); ++r) predictions[r].percentile = percentiles[r];
}

void Predictor::ScoreRows(absl::Span<const double> rows, Workspace& /*workspace*/,
                          absl::Span<Prediction> predictions) const {
  const size_t d = encoder_.num_columns();
  for (size_t r = 0; r < predictions.size(); ++r) Score(rows.subspan(r * d, d), predictions[r]);
}

}  // namespace clientele::model
