#include "common/model/predictor.h"

#include <algorithm>
#include <cmath>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/algorithms.h"
#include "common/model/artifact.h"
#include "common/model/checks.h"
#include "common/model/percentile.h"

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
    : artifact_(std::move(artifact)), encoder_(std::move(encoder)) {}

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

Prediction Predictor::Predict(absl::Span<const Cell> row, bool explain) const {
  absl::InlinedVector<double, 256> columns(encoder_.num_columns());
  encoder_.Encode(row, absl::MakeSpan(columns));
  Prediction prediction = PredictColumns(columns);
  prediction.imputed = encoder_.MissingFeatures(row);
  if (explain) {
    prediction.contributions.assign(encoder_.num_features(), 0);
    Explain(row, columns, prediction);
  }
  return prediction;
}

Prediction Predictor::PredictColumns(absl::Span<const double> columns) const {
  Prediction prediction;
  Score(columns, prediction);
  if (!artifact_.score_quantiles().empty()) {
    prediction.percentile = PercentileAmong(artifact_.score_quantiles(), prediction.output);
  }
  return prediction;
}

}  // namespace clientele::model
