#include "services/inference/card/card.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/dataset/label_window.h"
#include "common/model/encoder.h"
#include "common/text/model_words.h"
#include "common/text/numbers.h"
#include "common/text/values.h"
#include "services/inference/card/importance.h"
#include "services/inference/card/limits.h"
#include "services/inference/card/metrics.h"

namespace clientele::inference {
namespace {

using clientele::model::v1::Evaluation;
using clientele::model::v1::ModelArtifact;
using clientele::model::v1::ModelCard;
using CardMetric = ModelCard::CardMetric;

std::string Lowered(std::string text) {
  if (!text.empty()) text[0] = absl::ascii_tolower(text[0]);
  return text;
}

std::string PurposeOf(const ModelArtifact& artifact) {
  const auto& label = artifact.spec().dataset().label();
  const std::string predicted = Lowered(LabelInWords(label));
  switch (artifact.model_case()) {
    case ModelArtifact::kLogisticRegression:
      return absl::StrCat("Finds ", PositivesInWords(label), ", with a probability for each customer",
                          predicted.empty() ? "" : absl::StrCat(" (", predicted, ")"), ".");
    case ModelArtifact::kMultinomialRegression: return absl::StrCat("Tells classes apart: ", predicted, ".");
    case ModelArtifact::kValueRegression: return absl::StrCat("Predicts a customer's value: ", predicted, ".");
    case ModelArtifact::kKmeans:
      return absl::StrCat("Puts customers that are alike into ", artifact.kmeans().num_clusters(), " segments.");
    case ModelArtifact::kLifetimeValue:
      return absl::StrCat("Predicts what a customer will buy and bring in the next ",
                          Counted(artifact.lifetime_value().horizon_days(), "day"),
                          ", and whether it still buys at all.");
    case ModelArtifact::kSurvival: return "Predicts how long a customer stays, and who leaves first.";
    case ModelArtifact::kRfm:
      return "Scores how recently, how often and for how much a customer buys, and names segments.";
    case ModelArtifact::MODEL_NOT_SET: break;
  }
  return "";
}

double LabelMean(const Evaluation& evaluation) {
  if (evaluation.has_value()) return evaluation.value().mean_actual();
  if (!evaluation.has_classifier() || evaluation.holdout_rows() == 0) return 0;
  return static_cast<double>(evaluation.classifier().positives()) / static_cast<double>(evaluation.holdout_rows());
}

// Models of purchases and selections are judged by what came after, unless the spec holds rows out.
std::string SplitOf(const ModelArtifact& artifact) {
  const auto& split = artifact.spec().split();
  const auto& evaluation = artifact.evaluation();
  const bool in_time = evaluation.has_lifetime_value() || evaluation.has_selection();
  if (in_time && (split.none() || split.rule_case() == clientele::model::v1::Split::RULE_NOT_SET)) {
    return "In time: learnt from what was before, judged on what came after";
  }
  return SplitInWords(split);
}

ModelCard::DataWindow DataOf(const ModelArtifact& artifact) {
  const auto& dataset = artifact.spec().dataset();
  ModelCard::DataWindow data;
  if (dataset.has_as_of()) *data.mutable_as_of() = dataset.as_of();
  // What it has learnt from may be newer: a selection's winner learns anew.
  if (artifact.lineage().has_as_of()) *data.mutable_as_of() = artifact.lineage().as_of();
  data.set_label(LabelInWords(dataset.label()));
  data.set_label_days(dataset::LabelWindowDays(dataset.label()));
  data.set_rows(artifact.lineage().rows());
  data.set_train_rows(artifact.evaluation().train_rows());
  data.set_holdout_rows(artifact.evaluation().holdout_rows());
  data.set_split(SplitOf(artifact));
  data.set_label_mean(LabelMean(artifact.evaluation()));
  return data;
}

void AddFeatures(const ModelArtifact& artifact, const FeatureImportance& importance, ModelCard& card) {
  std::vector<int> order(artifact.schema_size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return importance.shares[a] > importance.shares[b]; });
  for (const int f : order) {
    const auto& definition = artifact.schema(f).feature();
    ModelCard::CardFeature& feature = *card.add_features();
    feature.set_feature(definition.name());
    feature.set_display_name(definition.display_name());
    feature.set_unit(definition.unit());
    feature.set_importance(importance.shares[f]);
    feature.set_direction(importance.directions[f]);
    if (f < artifact.histograms_size()) feature.set_missing_share(MissingShare(artifact.histograms(f)));
  }
  card.set_importance_basis(std::string(importance.basis));
}

std::string ValueOf(const CardMetric& metric, double value, const std::string& currency) {
  if (metric.unit() == CardMetric::UNIT_SHARE) return Share(value);
  const std::string number = Significant(value);
  return metric.unit() == CardMetric::UNIT_MONEY && !currency.empty() ? absl::StrCat(number, " ", currency) : number;
}

// "AUC 0.845 (95 % interval 0.828 to 0.862; chance: 0.500)".
std::string InShort(const CardMetric& metric, const std::string& currency) {
  std::vector<std::string> beside;
  if (metric.has_lower()) {
    beside.push_back(absl::StrCat("95 % interval ", ValueOf(metric, metric.lower(), currency), " to ",
                                  ValueOf(metric, metric.upper(), currency)));
  }
  if (metric.has_baseline()) {
    beside.push_back(absl::StrCat(metric.baseline_name(), ": ", ValueOf(metric, metric.baseline(), currency)));
  }
  const std::string text = absl::StrCat(metric.title(), " ", ValueOf(metric, metric.value(), currency));
  return beside.empty() ? text : absl::StrCat(text, " (", absl::StrJoin(beside, "; "), ")");
}

std::string SummaryOf(const ModelCard& card) {
  std::string summary = card.purpose();
  absl::StrAppend(&summary, " It has learnt from ", Counted(card.data().train_rows(), "customer"));
  if (card.data().has_as_of()) absl::StrAppend(&summary, " as of ", FormatDate(FromProto(card.data().as_of())));
  absl::StrAppend(&summary, ".");
  if (!card.metrics().empty()) {
    absl::StrAppend(&summary, " ", Sentence(InShort(card.metrics(0), card.base_currency())));
  }
  const auto serious = std::count_if(card.limits().begin(), card.limits().end(), [](const auto& limit) {
    return limit.severity() == ModelCard::Limit::SEVERITY_SERIOUS;
  });
  if (serious > 0)
    absl::StrAppend(&summary, " Not to be trusted without a look at ", Counted(serious, "serious limit"), ".");
  return summary;
}

}  // namespace

absl::StatusOr<ModelCard> MakeModelCard(const ModelArtifact& artifact, const v1::ModelVersion& version,
                                        absl::Time now) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto encoder,
                             clientele::model::RowEncoder::Create(artifact.schema(), artifact.preprocessing()));
  ModelCard card;
  card.set_model_version(version.name());
  card.set_algorithm(AlgorithmInWords(artifact.spec()));
  card.set_purpose(PurposeOf(artifact));
  card.set_sha256(version.sha256());
  if (version.has_create_time()) *card.mutable_publish_time() = version.create_time();
  card.set_training_job(version.training_job());
  *card.mutable_aliases() = version.aliases();
  *card.mutable_gate_decision() = version.gate_decision();
  *card.mutable_data() = DataOf(artifact);
  *card.mutable_evaluation() = artifact.evaluation();
  *card.mutable_grade() = artifact.evaluation().grade();
  *card.mutable_lineage() = artifact.lineage();
  *card.mutable_spec() = artifact.spec();
  card.set_base_currency(artifact.base_currency());
  AddFeatures(artifact, ImportanceOf(artifact, encoder), card);
  const double coverage = artifact.value_regression().intervals().coverage();
  for (CardMetric& metric : CardMetrics(artifact.evaluation(), coverage)) *card.add_metrics() = std::move(metric);
  for (auto& limit : FindLimits({artifact, version, card.features(), card.data().label_days(), now}))
    *card.add_limits() = std::move(limit);
  card.set_summary(SummaryOf(card));
  return card;
}

}  // namespace clientele::inference
