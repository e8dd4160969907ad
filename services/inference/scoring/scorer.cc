#include "services/inference/scoring/scorer.h"

#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/model/reasons.h"
#include "services/inference/scoring/lifetime_value_score.h"
#include "services/inference/scoring/rfm_score.h"
#include "services/inference/scoring/survival_score.h"
#include "services/inference/scoring/value_view.h"

namespace clientele::inference {
namespace {

using model::Cell;

absl::Status BadTable(absl::string_view what) {
  return Error(absl::StatusCode::kInternal, ErrorReason::kInternal,
               absl::StrCat("ingestion's answer does not fit the request: ", what));
}

void SetResult(const ScoringModel& model, const model::Prediction& prediction, v1::Score& score) {
  const auto& artifact = model.predictor().artifact();
  switch (model.algorithm()) {
    case v1::ALGORITHM_KMEANS: {
      auto& segment = *score.mutable_segment();
      segment.set_index(prediction.cluster);
      if (prediction.cluster >= 0 && prediction.cluster < artifact.kmeans().clusters_size()) {
        segment.set_segment(artifact.kmeans().clusters(prediction.cluster).name());
        segment.set_identity(artifact.kmeans().clusters(prediction.cluster).identity());
      }
      segment.set_distance(prediction.output);
      segment.set_runner_up_distance(prediction.runner_up_distance);
      return;
    }
    case v1::ALGORITHM_LOGISTIC_REGRESSION: {
      auto& probability = *score.mutable_probability();
      probability.set_probability(prediction.output);
      probability.set_threshold(artifact.logistic_regression().threshold());
      probability.set_positive(prediction.output >= probability.threshold());
      probability.set_percentile(prediction.percentile);
      probability.set_log_odds(prediction.fit);
      probability.set_baseline(prediction.baseline);
      return;
    }
    case v1::ALGORITHM_VALUE_REGRESSION: {
      auto& value = *score.mutable_value();
      value.set_value(prediction.output);
      value.set_currency_code(artifact.base_currency());
      value.set_percentile(prediction.percentile);
      value.set_fit(prediction.fit);
      value.set_baseline(prediction.baseline);
      value.set_lower(prediction.lower);
      value.set_upper(prediction.upper);
      value.set_interval_coverage(artifact.value_regression().intervals().coverage());
      value.set_occurrence_probability(prediction.occurrence_probability);
      return;
    }
    case v1::ALGORITHM_MULTINOMIAL_REGRESSION: {
      auto& predicted = *score.mutable_predicted_class();
      const auto& classes = artifact.multinomial_regression().classes();
      predicted.set_predicted_class(classes[prediction.predicted_class].name());
      for (int c = 0; c < classes.size(); ++c) {
        auto& one = *predicted.add_classes();
        one.set_class_name(classes[c].name());
        one.set_probability(prediction.probabilities[c]);
      }
      return;
    }
    case v1::ALGORITHM_RFM: SetRfmSegment(artifact.rfm(), prediction, *score.mutable_rfm()); return;
    default: return;
  }
}

}  // namespace

absl::StatusOr<std::vector<int>> FindColumns(const ScoringModel& model,
                                             const ingestion::v1::BatchGetFeaturesResponse& table) {
  std::vector<int> columns(model.num_features(), -1);
  for (int c = 0; c < table.features_size(); ++c) {
    const int feature = model.FindFeature(table.features(c));
    if (feature >= 0) columns[feature] = c;
  }
  for (int f = 0; f < model.num_features(); ++f) {
    if (columns[f] < 0) return BadTable(absl::StrCat("feature \"", model.features()[f], "\" is not there"));
  }
  return columns;
}

absl::Status ReadFetched(const ScoringModel& model, absl::Span<const int> columns,
                         const ingestion::v1::FeatureVector& values, absl::Span<Cell> row) {
  for (size_t f = 0; f < columns.size(); ++f) {
    if (columns[f] >= values.values_size()) return BadTable("a row is too short");
    const ValueView value = ViewOf(values.values(columns[f]));
    const absl::string_view problem = SetCell(value, model.IsCategory(static_cast<int>(f)), row[f]);
    if (!problem.empty()) return BadTable(absl::StrCat("the value of \"", model.features()[f], "\" ", problem));
  }
  return absl::OkStatus();
}

bool PredictsByItself(const ScoringModel& model) {
  return model.algorithm() == v1::ALGORITHM_LIFETIME_VALUE || model.algorithm() == v1::ALGORITHM_SURVIVAL;
}

void SetScore(const ScoringModel& model, absl::Span<const Cell> row, int max_reasons, int horizon_days,
              model::Prediction& prediction, v1::Score& score) {
  const bool explain = max_reasons > 0;
  if (model.algorithm() == v1::ALGORITHM_LIFETIME_VALUE) {
    prediction = ScoreLifetimeValue(model, row, horizon_days, explain, *score.mutable_lifetime_value());
  } else if (model.algorithm() == v1::ALGORITHM_SURVIVAL) {
    prediction = ScoreSurvival(model, row, explain, *score.mutable_survival());
  } else {
    SetResult(model, prediction, score);
  }
  for (const int feature : prediction.imputed) score.add_imputed_features(model.features()[feature]);
  if (!explain) return;
  for (model::Reason& reason : model::ExplainInWords(model.predictor(), row, prediction, max_reasons)) {
    auto& out = *score.add_reasons();
    out.set_feature(model.features()[reason.feature]);
    *out.mutable_value() = std::move(reason.value);
    out.set_contribution(reason.contribution);
    out.set_text(std::move(reason.text));
  }
}

v1::Score ScoreRow(const ScoringModel& model, absl::Span<const Cell> row, int max_reasons, int horizon_days) {
  v1::Score score;
  model::Prediction prediction;
  if (!PredictsByItself(model)) prediction = model.predictor().Predict(row, max_reasons > 0);
  SetScore(model, row, max_reasons, horizon_days, prediction, score);
  return score;
}

}  // namespace clientele::inference
