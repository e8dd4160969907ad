#include "services/inference/scoring/scorer.h"

#include <cmath>
#include <string>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/model/reasons.h"
#include "services/inference/scoring/lifetime_value_score.h"
#include "services/inference/scoring/survival_score.h"
#include "services/inference/scoring/rfm_score.h"

namespace clientele::inference {
namespace {

using common::v1::Value;
using model::Cell;

constexpr size_t kMaxListedBytes = 700;  // A status message travels in the trailers, which gRPC keeps small.

// "a, b, c", as far as it fits.
std::string KnownFeatures(const ScoringModel& model) {
  std::string list;
  int listed = 0;
  for (const std::string& name : model.features()) {
    if (list.size() + name.size() > kMaxListedBytes) break;
    absl::StrAppend(&list, listed == 0 ? "" : ", ", name);
    ++listed;
  }
  const int rest = model.num_features() - listed;
  if (rest > 0) absl::StrAppend(&list, " and ", rest, " more (GetModelVersion lists them)");
  return list;
}

// Empty where `value` can be a cell of this kind, else what is wrong with it. Flags are the numbers 0 and 1, or the
// categories "true" and "false", as ingestion has them.
absl::string_view ReadValue(const Value& value, bool is_category, Cell& cell) {
  switch (value.kind_case()) {
    case Value::KIND_NOT_SET: cell = Cell::Missing(); return "";
    case Value::kNumber:
      if (is_category) return "is a number, but the feature is a category: give a text";
      if (!std::isfinite(value.number())) return "is not finite; leave the value unset where it is missing";
      cell = Cell::Number(value.number());
      return "";
    case Value::kText:
      if (!is_category) return "is a text, but the feature is a number";
      if (value.text().size() > kMaxTextBytes) return "is longer than 1,024 bytes";
      cell = Cell::Category(value.text());
      return "";
    case Value::kFlag:
      cell = is_category ? Cell::Category(value.flag() ? "true" : "false") : Cell::Number(value.flag() ? 1 : 0);
      return "";
    case Value::kTime: return "is a time; give a number or a text";
  }
  return "is of an unknown kind";
}

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

absl::Status UnknownFeature(const ScoringModel& model, absl::string_view field, const std::string& name) {
  return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kUnknownFeature,
               absl::StrCat(field, ": the model has no feature \"", name.substr(0, 64),
                            "\"; known: ", KnownFeatures(model)),
               {{"feature", name.substr(0, 64)}});
}

absl::Status ReadGiven(const ScoringModel& model,
                       const google::protobuf::RepeatedPtrField<clientele::model::v1::NamedValue>& given,
                       absl::string_view field, absl::Span<Cell> row) {
  absl::InlinedVector<bool, 128> seen(row.size(), false);
  for (int i = 0; i < given.size(); ++i) {
    const int feature = model.FindFeature(given[i].feature());
    const auto path = [&](absl::string_view part) { return absl::StrCat(field, "[", i, "].", part); };
    if (feature < 0) return UnknownFeature(model, path("feature"), given[i].feature());
    if (seen[feature]) {
      return InvalidField(path("feature"), absl::StrCat("\"", given[i].feature(), "\" is given twice"));
    }
    seen[feature] = true;
    const absl::string_view problem = ReadValue(given[i].value(), model.IsCategory(feature), row[feature]);
    if (!problem.empty()) {
      return InvalidField(path("value"), absl::StrCat("the value of \"", given[i].feature(), "\" ", problem));
    }
  }
  return absl::OkStatus();
}

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
    const Value& value = values.values(columns[f]);
    const absl::string_view problem = ReadValue(value, model.IsCategory(static_cast<int>(f)), row[f]);
    if (!problem.empty()) return BadTable(absl::StrCat("the value of \"", model.features()[f], "\" ", problem));
  }
  return absl::OkStatus();
}

v1::Score ScoreRow(const ScoringModel& model, absl::Span<const Cell> row, int max_reasons, int horizon_days) {
  const bool explain = max_reasons > 0;
  v1::Score score;
  model::Prediction prediction;
  if (model.algorithm() == v1::ALGORITHM_LIFETIME_VALUE) {
    prediction = ScoreLifetimeValue(model, row, horizon_days, explain, *score.mutable_lifetime_value());
  } else if (model.algorithm() == v1::ALGORITHM_SURVIVAL) {
    prediction = ScoreSurvival(model, row, explain, *score.mutable_survival());
  } else {
    prediction = model.predictor().Predict(row, explain);
    SetResult(model, prediction, score);
  }
  for (const int feature : prediction.imputed) score.add_imputed_features(model.features()[feature]);
  if (!explain) return score;
  for (model::Reason& reason : model::ExplainInWords(model.predictor(), row, prediction, max_reasons)) {
    auto& out = *score.add_reasons();
    out.set_feature(model.features()[reason.feature]);
    *out.mutable_value() = std::move(reason.value);
    out.set_contribution(reason.contribution);
    out.set_text(std::move(reason.text));
  }
  return score;
}

}  // namespace clientele::inference
