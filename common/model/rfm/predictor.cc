#include "common/model/rfm/predictor.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/checks.h"

namespace clientele::model {
namespace {

using v1::ModelArtifact;

absl::StatusOr<int> RawColumn(int feature, const ModelArtifact& artifact, const RowEncoder& encoder,
                              absl::string_view what) {
  if (feature < 0 || feature >= encoder.num_features() || encoder.IsCategory(feature)) {
    return InvalidArtifact(absl::StrCat(what, " is feature ", feature, ", which is no number of the schema"));
  }
  const v1::FittedNumber& fitted = artifact.preprocessing().features(feature).number();
  const bool raw = !fitted.log1p() && fitted.mean() == 0 && fitted.scale() == 1 && !fitted.missing_indicator() &&
                   !fitted.has_lower() && !fitted.has_upper() && IsMissingRaw(fitted.imputed_value());
  if (!raw) return InvalidArtifact(absl::StrCat(what, " is changed by preprocessing"));
  return encoder.first_column(feature);
}

}  // namespace

absl::StatusOr<RfmPredictor::Columns> RfmPredictor::FindColumns(const ModelArtifact& artifact,
                                                                const RowEncoder& encoder) {
  const v1::RfmModel& model = artifact.rfm();
  Columns columns;
  CLIENTELE_ASSIGN_OR_RETURN(columns.recency, RawColumn(model.recency_feature(), artifact, encoder, "recency"));
  CLIENTELE_ASSIGN_OR_RETURN(columns.frequency, RawColumn(model.frequency_feature(), artifact, encoder, "frequency"));
  CLIENTELE_ASSIGN_OR_RETURN(columns.monetary,
                             RawColumn(model.monetary_feature(), artifact, encoder, "monetary value"));
  return columns;
}

absl::StatusOr<std::shared_ptr<const Predictor>> RfmPredictor::Make(ModelArtifact artifact, RowEncoder encoder) {
  CLIENTELE_ASSIGN_OR_RETURN(RfmScorer scorer, RfmScorer::Create(artifact.rfm()));
  CLIENTELE_ASSIGN_OR_RETURN(const Columns columns, FindColumns(artifact, encoder));
  return std::shared_ptr<const Predictor>(
      new RfmPredictor(std::move(artifact), std::move(encoder), std::move(scorer), columns));
}

void RfmPredictor::Score(absl::Span<const double> columns, Prediction& prediction) const {
  prediction.rfm = scorer_.Score({columns[columns_.recency], columns[columns_.frequency], columns[columns_.monetary]});
  prediction.cluster = scorer_.SegmentOf(prediction.rfm);
  prediction.output = (prediction.rfm.recency + prediction.rfm.frequency + prediction.rfm.monetary) / 3.0;
}

void RfmPredictor::Explain(absl::Span<const Cell> /*row*/, absl::Span<const double> /*columns*/,
                           Prediction& prediction) const {
  if (!prediction.rfm.any()) return;
  const v1::RfmModel& model = artifact().rfm();
  const RfmCuts& cuts = scorer_.cuts();
  prediction.contributions[model.recency_feature()] = prediction.rfm.recency - MiddleScore(LevelsOf(cuts.recency));
  prediction.contributions[model.frequency_feature()] =
      prediction.rfm.frequency - MiddleScore(LevelsOf(cuts.frequency));
  prediction.contributions[model.monetary_feature()] = prediction.rfm.monetary - MiddleScore(LevelsOf(cuts.monetary));
}

}  // namespace clientele::model
