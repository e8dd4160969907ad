#include "services/training/spec.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/model/preprocessing.h"
#include "services/training/gate_metrics.h"
#include "services/training/learners/kmeans/train.h"
#include "services/training/learners/lifetime_value/parameters.h"
#include "services/training/learners/logistic_regression/train.h"
#include "services/training/learners/multinomial_regression/train.h"
#include "services/training/learners/rfm/parameters.h"
#include "services/training/learners/survival/parameters.h"
#include "services/training/learners/value_regression/train.h"
#include "services/training/selection/candidates.h"

namespace clientele::training {
namespace {

using common::v1::DatasetSpec;
using common::v1::Label;
using model::v1::Gate;
using model::v1::Split;
using model::v1::TrainingSpec;

constexpr int kMostFeatures = 1000;
constexpr size_t kMostBytes = 1024;
constexpr int kMostDays = 3650;
constexpr int kMostClasses = 100;
constexpr int kMostAuxiliaryLabels = 8;
constexpr int kMostSeriesDays = 366;

absl::Status CheckNames(const google::protobuf::RepeatedPtrField<std::string>& names, absl::string_view field,
                        std::set<std::string>& seen) {
  for (int i = 0; i < names.size(); ++i) {
    const std::string here = absl::StrCat(field, "[", i, "]");
    if (names[i].empty()) return InvalidField(here, "is empty; give a feature's name");
    if (!seen.insert(names[i]).second) return InvalidField(here, absl::StrCat("\"", names[i], "\" comes twice"));
  }
  return absl::OkStatus();
}

absl::Status CheckTime(const google::protobuf::Timestamp& time, absl::string_view field) {
  constexpr int64_t kYear1 = -62135596800, kYear10000 = 253402300800;
  if (time.seconds() >= kYear1 && time.seconds() < kYear10000 && time.nanos() >= 0 && time.nanos() < 1'000'000'000) {
    return absl::OkStatus();
  }
  return InvalidField(field, absl::StrCat(time.seconds(), " s ", time.nanos(), " ns is no time from year 1 to 9999"));
}

absl::Status CheckDays(int days, absl::string_view field) {
  if (days >= 1 && days <= kMostDays) return absl::OkStatus();
  return InvalidField(absl::StrCat(field, ".days"), absl::StrCat(days, " is not 1 to ", kMostDays));
}

absl::Status CheckClasses(const Label::AttributeLabel& label, const std::string& field) {
  if (label.classes().empty()) return absl::OkStatus();
  if (label.classes_size() < 2 || label.classes_size() > kMostClasses) {
    return InvalidField(field, absl::StrCat("has ", label.classes_size(), " values and not 2 to ", kMostClasses));
  }
  std::set<std::string> seen;
  for (int i = 0; i < label.classes_size(); ++i) {
    const std::string name = ClassName(label.classes(i)), here = absl::StrCat(field, "[", i, "]");
    if (name.empty()) return InvalidField(here, "is empty; give a text, a number or a flag");
    if (!seen.insert(name).second) return InvalidField(here, absl::StrCat("\"", name, "\" comes twice"));
  }
  if (!label.has_positive()) return absl::OkStatus();
  return InvalidField(field, "is given beside positive; the label is one or the other");
}

absl::Status MissingAsOf(absl::string_view dataset) {
  return InvalidField(absl::StrCat(dataset, ".as_of"),
                      "is missing; a label needs the instant that parts what is known from what is predicted");
}

absl::Status CheckLabelFields(const Label& label, const std::string& field) {
  switch (label.kind_case()) {
    case Label::kNoPurchaseWithin: return CheckDays(label.no_purchase_within().days(), field + ".no_purchase_within");
    case Label::kPurchaseWithin: return CheckDays(label.purchase_within().days(), field + ".purchase_within");
    case Label::kSpendWithin: return CheckDays(label.spend_within().days(), field + ".spend_within");
    case Label::kPurchasesWithin: return CheckDays(label.purchases_within().days(), field + ".purchases_within");
    case Label::kAttribute:
      if (!label.attribute().attribute().empty()) return CheckClasses(label.attribute(), field + ".attribute.classes");
      return InvalidField(field + ".attribute.attribute", "is empty; give a profile attribute's name");
    case Label::kOutcome:
      if (label.outcome().outcome().empty()) return InvalidField(field + ".outcome.outcome", "is empty; give an outcome's name");
      return CheckDays(label.outcome().days(), field + ".outcome");
    case Label::KIND_NOT_SET: break;
  }
  return InvalidField(field, "has no kind; give one of no_purchase_within, purchase_within, spend_within, "
                             "purchases_within, attribute, outcome");
}

// Whether a row's value is proportional to something that it may bring along: families whose mean is exposure exp(fit).
bool HasExposure(const TrainingSpec& spec) {
  using Parameters = model::v1::ValueRegressionParameters;
  const auto family = spec.value_regression().family();
  return family == Parameters::FAMILY_GAUSSIAN || family == Parameters::FAMILY_POISSON ||
         family == Parameters::FAMILY_GAMMA || family == Parameters::FAMILY_TWEEDIE;
}

// Whether every value of the label is 0 or 1.
bool IsBinary(const Label& label) {
  switch (label.kind_case()) {
    case Label::kNoPurchaseWithin:
    case Label::kPurchaseWithin: return true;
    case Label::kAttribute: return label.attribute().has_positive();
    case Label::kOutcome: return !label.outcome().value();
    default: return false;
  }
}

// What is wrong with a label's kind for the task; empty: nothing.
std::string WrongKind(const Label& label, Task task) {
  const bool binary = IsBinary(label), classes = !label.attribute().classes().empty();
  if (task == Task::kClassifyMany) {
    return classes ? "" : "has no classes, and multinomial_regression needs them; give attribute.classes";
  }
  if (classes) return "has classes, which are for multinomial_regression; leave them out or use it";
  if (task == Task::kSelectValue && !label.has_spend_within()) {
    return "is not spend_within, and models of value are judged by what customers spend; use it";
  }
  if (task == Task::kLifetimeValue && !label.has_spend_within() && !label.has_purchases_within()) {
    return "judges a model of purchases and spend; use spend_within or purchases_within, or leave it out";
  }
  // An attribute without `positive` is a number, and may be 0 and 1: the data decide.
  if (task == Task::kClassify && !binary && !label.has_attribute()) {
    return "is a number, and logistic_regression needs 0 and 1; use value_regression or another label";
  }
  if (task == Task::kRegress && binary) {
    return "is 0 or 1, and value_regression needs a number; use logistic_regression or another label";
  }
  return "";
}

absl::string_view MissingLabel(Task task) {
  switch (task) {
    case Task::kSelectValue: return "is missing; value_selection judges by spend_within";
    case Task::kClassify: return "is missing; logistic_regression needs a label of 0 and 1, as no_purchase_within";
    case Task::kClassifyMany: return "is missing; multinomial_regression needs a label with classes, as attribute.classes";
    default: return "is missing; value_regression needs a label that is a number, as spend_within";
  }
}

absl::Status CheckLabel(const TrainingSpec& spec, const std::string& field) {
  const DatasetSpec& dataset = spec.dataset();
  const Task task = TaskOf(spec);
  if (!dataset.has_label()) {
    return LearnsFromLabel(task) ? InvalidField(field, MissingLabel(task)) : absl::OkStatus();
  }
  if (task == Task::kCluster || task == Task::kSurvive) {
    return InvalidField(field, absl::StrCat("is given, but ", task == Task::kCluster ? "kmeans" : "survival",
                                            " learns without a label; leave it out"));
  }
  CLIENTELE_RETURN_IF_ERROR(CheckLabelFields(dataset.label(), field));
  if (!dataset.has_as_of()) return MissingAsOf(field.substr(0, field.rfind('.')));
  const std::string wrong = WrongKind(dataset.label(), task);
  return wrong.empty() ? absl::OkStatus() : InvalidField(field, wrong);
}

// Features that are of the row: among the auxiliary ones, and of use to the algorithm.
absl::Status CheckRowFeatures(const TrainingSpec& spec, const std::string& prefix) {
  const auto& auxiliary = spec.dataset().auxiliary_features();
  const Task task = TaskOf(spec);
  const struct {
    absl::string_view field;
    const std::string& feature;
    bool of_use;
    absl::string_view use;
  } features[] = {
      {"weight_feature", spec.weight_feature(), task != Task::kCluster && task != Task::kScoreRfm,
       "algorithms that weigh rows, which kmeans and rfm do not"},
      {"offset_feature", spec.offset_feature(), task == Task::kClassify, "logistic_regression"},
      {"exposure_feature", spec.exposure_feature(), HasExposure(spec), "value_regression with a family of log link"},
  };
  for (const auto& one : features) {
    const std::string field = absl::StrCat(prefix, one.field);
    if (one.feature.empty()) continue;
    if (!one.of_use) return InvalidField(field, absl::StrCat("is for ", one.use, "; leave it out"));
    if (std::find(auxiliary.begin(), auxiliary.end(), one.feature) != auxiliary.end()) continue;
    return InvalidField(field, absl::StrCat("\"", one.feature, "\" is not in dataset.auxiliary_features; add it"));
  }
  return absl::OkStatus();
}

// What is read beside the label, for judging and reports.
absl::Status CheckBesideLabel(const DatasetSpec& dataset, const std::string& field) {
  if (dataset.auxiliary_labels_size() > kMostAuxiliaryLabels) {
    return InvalidField(field + ".auxiliary_labels", absl::StrCat(dataset.auxiliary_labels_size(),
                                                                  " labels are more than ", kMostAuxiliaryLabels));
  }
  for (int i = 0; i < dataset.auxiliary_labels_size(); ++i) {
    CLIENTELE_RETURN_IF_ERROR(
        CheckLabelFields(dataset.auxiliary_labels(i), absl::StrCat(field, ".auxiliary_labels[", i, "]")));
  }
  if (!dataset.auxiliary_labels().empty() && !dataset.has_as_of()) return MissingAsOf(field);
  if (dataset.purchase_series_days() >= 0 && dataset.purchase_series_days() <= kMostSeriesDays) return absl::OkStatus();
  return InvalidField(field + ".purchase_series_days",
                      absl::StrCat(dataset.purchase_series_days(), " is not 0 (none) to ", kMostSeriesDays));
}

absl::Status CheckDataset(const DatasetSpec& dataset, const std::string& field) {
  if (dataset.features().empty()) return InvalidField(field + ".features", "is empty; give at least one feature");
  if (dataset.features_size() + dataset.auxiliary_features_size() > kMostFeatures) {
    return InvalidField(field + ".features", absl::StrCat(dataset.features_size() + dataset.auxiliary_features_size(),
                                                          " features are more than ", kMostFeatures));
  }
  std::set<std::string> seen;
  CLIENTELE_RETURN_IF_ERROR(CheckNames(dataset.features(), field + ".features", seen));
  CLIENTELE_RETURN_IF_ERROR(CheckNames(dataset.auxiliary_features(), field + ".auxiliary_features", seen));
  CLIENTELE_RETURN_IF_ERROR(CheckTime(dataset.as_of(), field + ".as_of"));
  CLIENTELE_RETURN_IF_ERROR(CheckTime(dataset.known_at(), field + ".known_at"));
  CLIENTELE_RETURN_IF_ERROR(CheckTime(dataset.labels_known_at(), field + ".labels_known_at"));
  for (int i = 0; i < dataset.where_size(); ++i) {
    const auto& where = dataset.where(i);
    const std::string here = absl::StrCat(field, ".where[", i, "]");
    if (where.feature().empty()) return InvalidField(here + ".feature", "is empty; give a feature's name");
    if (!where.has_at_least() && !where.has_at_most()) return InvalidField(here, "has neither at_least nor at_most");
    if (std::isnan(where.at_least())) return InvalidField(here + ".at_least", "is not a number");
    if (std::isnan(where.at_most())) return InvalidField(here + ".at_most", "is not a number");
    if (where.has_at_least() && where.has_at_most() && where.at_least() > where.at_most()) {
      return InvalidField(here + ".at_least", absl::StrCat(where.at_least(), " is above at_most ", where.at_most()));
    }
  }
  return CheckBesideLabel(dataset, field);
}

absl::Status CheckSplit(const TrainingSpec& spec, const std::string& field) {
  const Split& split = spec.split();
  switch (split.rule_case()) {
    case Split::kHash:
      if (!(split.hash().train_share() >= 0 && split.hash().train_share() < 1)) {
        return InvalidField(field + ".hash.train_share", absl::StrCat(split.hash().train_share(), " is not in (0, 1)"));
      }
      if (split.hash().salt().size() > kMostBytes) return InvalidField(field + ".hash.salt", "is longer than 1024 bytes");
      return absl::OkStatus();
    case Split::kFeature: {
      const auto& features = spec.dataset().features();
      const auto& auxiliary = spec.dataset().auxiliary_features();
      const std::string& name = split.feature().feature();
      if (std::find(features.begin(), features.end(), name) == features.end() &&
          std::find(auxiliary.begin(), auxiliary.end(), name) == auxiliary.end()) {
        return InvalidField(field + ".feature.feature",
                            absl::StrCat("\"", name, "\" is not in dataset.features or dataset.auxiliary_features; add it"));
      }
      if (!split.feature().holdout_values().empty()) return absl::OkStatus();
      return InvalidField(field + ".feature.holdout_values", "is empty; give the values whose rows judge");
    }
    case Split::kNone:
      // A selection is judged on later days.
      if (!LearnsFromLabel(TaskOf(spec)) || TaskOf(spec) == Task::kSelectValue || !split.none()) return absl::OkStatus();
      return InvalidField(field + ".none", "is for algorithms that learn from no label; others are not judged on the rows that trained them");
    case Split::RULE_NOT_SET: return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status CheckRule(const Gate::Rule& rule, Task task, const std::string& field) {
  const std::vector<std::string> known = GateMetricsOf(task);
  if (std::find(known.begin(), known.end(), rule.metric()) == known.end()) {
    std::string allowed;
    for (const std::string& name : known) absl::StrAppend(&allowed, allowed.empty() ? "" : ", ", name);
    return InvalidField(field + ".metric", absl::StrCat("\"", rule.metric(), "\" is not a metric of this algorithm; allowed: ",
                                                        allowed));
  }
  if (!rule.has_at_least() && !rule.has_at_most() && !rule.has_better_than_champion_by()) {
    return InvalidField(field, "has no bound; give at_least, at_most or better_than_champion_by");
  }
  if (!std::isfinite(rule.at_least())) return InvalidField(field + ".at_least", "is not a finite number");
  if (!std::isfinite(rule.at_most())) return InvalidField(field + ".at_most", "is not a finite number");
  if (!std::isfinite(rule.better_than_champion_by())) {
    return InvalidField(field + ".better_than_champion_by", "is not a finite number");
  }
  if (!Gate::Failure_IsValid(rule.failure())) {
    return InvalidField(field + ".failure", "is not FAILURE_CANDIDATE or FAILURE_REJECT");
  }
  return absl::OkStatus();
}

absl::Status CheckAlgorithm(const TrainingSpec& spec, const std::string& prefix) {
  switch (spec.algorithm_case()) {
    case TrainingSpec::kKmeans: return ValidateKMeans(spec.kmeans(), prefix + "kmeans");
    case TrainingSpec::kLogisticRegression:
      return ValidateLogisticRegression(spec.logistic_regression(), prefix + "logistic_regression");
    case TrainingSpec::kValueRegression: return ValidateValueRegression(spec.value_regression(), prefix + "value_regression");
    case TrainingSpec::kMultinomialRegression:
      return ValidateMultinomialRegression(spec.multinomial_regression(), prefix + "multinomial_regression");
    case TrainingSpec::kLifetimeValue:
      return ValidateLifetimeValue(spec.lifetime_value(), spec.dataset(), prefix + "lifetime_value");
    case TrainingSpec::kRfm: return ValidateRfm(spec.rfm(), spec.dataset(), prefix + "rfm");
    case TrainingSpec::kValueSelection:
      return ValidateValueSelection(spec.value_selection(), spec.dataset(), prefix + "value_selection");
    case TrainingSpec::kSurvival:
      return ValidateSurvival(spec.survival(), spec.dataset(), prefix + "survival");
    case TrainingSpec::ALGORITHM_NOT_SET: break;
  }
  return InvalidField(prefix + "algorithm",
                      "is missing; give one of kmeans, logistic_regression, multinomial_regression, value_regression, "
                      "lifetime_value, value_selection, survival, rfm");
}

}  // namespace

std::string ClassName(const common::v1::Value& value) {
  switch (value.kind_case()) {
    case common::v1::Value::kText: return value.text();
    case common::v1::Value::kFlag: return value.flag() ? "true" : "false";
    case common::v1::Value::kNumber: return absl::StrCat(value.number());
    default: return "";
  }
}

Task TaskOf(const TrainingSpec& spec) {
  switch (spec.algorithm_case()) {
    case TrainingSpec::kLogisticRegression: return Task::kClassify;
    case TrainingSpec::kMultinomialRegression: return Task::kClassifyMany;
    case TrainingSpec::kValueRegression: return Task::kRegress;
    case TrainingSpec::kLifetimeValue: return Task::kLifetimeValue;
    case TrainingSpec::kValueSelection: return Task::kSelectValue;
    case TrainingSpec::kSurvival: return Task::kSurvive;
    case TrainingSpec::kRfm: return Task::kScoreRfm;
    default: return Task::kCluster;
  }
}

bool LearnsFromLabel(Task task) {
  return task == Task::kClassify || task == Task::kClassifyMany || task == Task::kRegress || task == Task::kSelectValue;
}

absl::Status ValidateSpec(const TrainingSpec& spec, absl::string_view field_prefix) {
  const std::string prefix = field_prefix.empty() ? "" : absl::StrCat(field_prefix, ".");
  if (!IsResourceId(spec.model())) {
    return InvalidField(prefix + "model", absl::StrCat("\"", spec.model(), "\" is not [a-z][a-z0-9-]{0,62}"));
  }
  if (spec.display_name().size() > kMostBytes) return InvalidField(prefix + "display_name", "is longer than 1024 bytes");
  CLIENTELE_RETURN_IF_ERROR(CheckAlgorithm(spec, prefix));
  if (!spec.has_dataset()) return InvalidField(prefix + "dataset", "is missing");
  CLIENTELE_RETURN_IF_ERROR(CheckDataset(spec.dataset(), prefix + "dataset"));
  CLIENTELE_RETURN_IF_ERROR(CheckLabel(spec, prefix + "dataset.label"));
  CLIENTELE_RETURN_IF_ERROR(CheckRowFeatures(spec, prefix));
  CLIENTELE_RETURN_IF_ERROR(CheckSplit(spec, prefix + "split"));
  const std::vector<std::string> features(spec.dataset().features().begin(), spec.dataset().features().end());
  CLIENTELE_RETURN_IF_ERROR(model::ValidatePreprocessing(prefix + "preprocessing", spec.preprocessing(), features));
  for (int i = 0; i < spec.gate().rules_size(); ++i) {
    CLIENTELE_RETURN_IF_ERROR(CheckRule(spec.gate().rules(i), TaskOf(spec), absl::StrCat(prefix, "gate.rules[", i, "]")));
  }
  return absl::OkStatus();
}

}  // namespace clientele::training
