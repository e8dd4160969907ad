#include "services/training/comparison/compare.h"

#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"
#include "common/dataset/selection.h"
#include "common/statistics/normal.h"
#include "services/training/comparison/data_drift.h"
#include "services/training/comparison/judged_model.h"
#include "services/training/comparison/movement.h"
#include "services/training/encode.h"
#include "services/training/evaluation/influence.h"
#include "services/training/gate_metrics.h"
#include "services/training/spec.h"
#include "services/training/split.h"
#include "services/training/value_feature.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using dataset::RowSelection;
using model::v1::ChampionComparison;
using model::v1::MetricComparison;
using model::v1::ModelArtifact;
using model::v1::ScoreMovement;
using model::v1::TrainingSpec;

// Of labels, or what there is instead, that two models must share to be judged by the same measures.
enum class Kind { kOther, kTwoClasses, kManyClasses, kMoney, kDurations };

Kind KindOf(const ModelArtifact& artifact) {
  if (artifact.has_logistic_regression()) return Kind::kTwoClasses;
  if (artifact.has_multinomial_regression()) return Kind::kManyClasses;
  if (artifact.has_survival()) return Kind::kDurations;
  return artifact.has_value_regression() || artifact.has_lifetime_value() ? Kind::kMoney : Kind::kOther;
}

// What the durations are, of all that a spec of survival says.
std::string DurationsOf(const TrainingSpec& spec) {
  model::v1::SurvivalParameters durations;
  durations.set_duration_feature(spec.survival().duration_feature());
  durations.set_event_feature(spec.survival().event_feature());
  *durations.mutable_event_values() = spec.survival().event_values();
  durations.set_strata_feature(spec.survival().strata_feature());
  return durations.SerializeAsString();
}

bool IsPerExposure(const ModelArtifact& artifact) { return !artifact.spec().exposure_feature().empty(); }

// Why the two cannot be judged on the same rows, whatever the rows; empty: they can.
std::string WhyNot(const ComparisonInput& input) {
  const ModelArtifact &model = input.model.artifact(), &champion = input.champion.artifact();
  const Kind kind = KindOf(model);
  const Task task = TaskOf(input.spec);
  if (task == Task::kCluster || task == Task::kScoreRfm) return "segments have no measure in common but who moved";
  if (kind == Kind::kOther) return "the model is judged on rows that it learnt from";
  if (KindOf(champion) != kind) return "the champion is a model of another kind";
  if (kind == Kind::kDurations) {
    if (EffectiveSplit(input.spec).none()) return "the model is judged on rows that it learnt from";
    return DurationsOf(input.spec) == DurationsOf(champion.spec()) ? "" : "the champion is about other durations";
  }
  if (!input.dataset.header.has_label()) return "the data has no label to judge by";
  const auto& label = model.spec().dataset().label();
  if (label.SerializeAsString() != champion.spec().dataset().label().SerializeAsString()) {
    return "the champion predicts another label";
  }
  if (kind == Kind::kMoney && IsPerExposure(model) != IsPerExposure(champion)) {
    return "one of the two predicts value for an exposure";
  }
  if (kind == Kind::kMoney && IsPerExposure(model)) return "values are for an exposure of each customer's own";
  if (kind == Kind::kMoney && model.has_lifetime_value() && !label.has_spend_within()) {
    return "what customers spent in the model's window is not known";
  }
  if (model.evaluation().selection().refitted()) return "the model has learnt anew since it was judged";
  if (LearnsFromLabel(task) && EffectiveSplit(input.spec).none()) return "the split holds no rows out";
  return "";
}

// The interval of a value, inside of what `influences` tell.
struct Around {
  Around(double value, absl::Span<const double> influences)
      : half(statistics::kNormalQuantile * StandardErrorOf(influences)), lower(value - half), upper(value + half) {}
  bool is_known() const { return std::isfinite(half); }
  double half, lower, upper;
};

MetricComparison CompareMetric(const std::string& metric, double value, double champion,
                               const std::vector<double>& influences, const std::vector<double>& of_champion) {
  MetricComparison compared;
  compared.set_metric(metric);
  compared.set_lower_is_better(Improvement(metric, 1, 0) < 0);
  compared.set_value(value);
  compared.set_champion(champion);
  compared.set_difference(value - champion);
  if (const Around around(value, influences); around.is_known()) {
    compared.set_lower(around.lower);
    compared.set_upper(around.upper);
  }
  if (const Around around(champion, of_champion); around.is_known()) {
    compared.set_champion_lower(around.lower);
    compared.set_champion_upper(around.upper);
  }
  if (influences.size() != of_champion.size()) return compared;
  std::vector<double> differences(influences.size());
  for (size_t i = 0; i < differences.size(); ++i) differences[i] = influences[i] - of_champion[i];
  if (const Around around(compared.difference(), differences); around.is_known()) {
    compared.set_difference_lower(around.lower);
    compared.set_difference_upper(around.upper);
  }
  return compared;
}

void AddMetrics(const JudgedModel& model, const JudgedModel& champion, const std::vector<double>& labels, Task task,
                ChampionComparison& comparison) {
  for (const std::string& metric : GateMetricsOf(task)) {
    const auto value = MetricOf(model.evaluation, metric), of_champion = MetricOf(champion.evaluation, metric);
    if (!value || !of_champion || !std::isfinite(*value) || !std::isfinite(*of_champion)) continue;
    *comparison.add_metrics() = CompareMetric(metric, *value, *of_champion, InfluencesOf(metric, model, labels),
                                              InfluencesOf(metric, champion, labels));
  }
}

// [n]; empty: no feature is money.
absl::StatusOr<std::vector<double>> CustomerValues(const JudgingHoldout& holdout, std::string& feature) {
  const int column = ValueColumn(holdout.dataset);
  if (column < 0) return std::vector<double>();
  feature = holdout.dataset.header.columns(column).feature().name();
  std::vector<double> values;
  for (int s = 0; s < kShardCount; ++s) {
    for (int64_t row = 0; row < holdout.dataset.shards[s].rows; ++row) {
      if (holdout.rows.Has(s, row)) values.push_back(ValueOf(holdout.dataset, column, s, row));
    }
  }
  return dataset::AllGatherRows(std::move(values), holdout.parts);
}

void AddMovement(const std::string& feature, const std::vector<double>& values, const JudgedModel& model,
                 const JudgedModel& champion, ChampionComparison& comparison) {
  if (model.scores.empty()) return;  // Of classes: none stands above another.
  ScoreMovement& movement = *comparison.mutable_movement();
  movement = MovementOf(champion.scores, model.scores, values);
  movement.set_value_feature(feature);
  if (!model.evaluation.has_classifier()) return;
  movement.set_decision_changed_share(
      DecisionChangedShare(champion.scores, champion.threshold, model.scores, model.threshold));
}

}  // namespace

absl::StatusOr<ComparedChampion> CompareWithChampion(const ComparisonInput& input) {
  const model::v1::Split split = EffectiveSplit(input.spec);
  CLIENTELE_ASSIGN_OR_RETURN(const RowSelection training, TrainingRows(input.dataset, split));
  RowSelection judging = JudgingRows(training, split);
  if (input.spec.has_survival()) CLIENTELE_RETURN_IF_ERROR(DropUnusableRows(input.dataset, input.spec, judging));
  ComparedChampion compared;
  ChampionComparison& comparison = compared.comparison;
  comparison.set_champion_version(input.champion_version);
  comparison.set_same_split(split.SerializeAsString() ==
                            EffectiveSplit(input.champion.artifact().spec()).SerializeAsString());
  CLIENTELE_ASSIGN_OR_RETURN(auto shifts,
                             DataDrift(input.champion.artifact(), input.dataset, training, input.parts));
  for (auto& shift : shifts) *comparison.add_data_drift() = std::move(shift);
  CLIENTELE_RETURN_IF_ERROR(input.stop.Check());
  comparison.set_not_compared(WhyNot(input));
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t judges, dataset::SumCount(judging.count(), input.parts));
  if (comparison.not_compared().empty() && judges == 0) comparison.set_not_compared("the holdout is empty");
  if (!comparison.not_compared().empty()) return compared;

  CLIENTELE_ASSIGN_OR_RETURN(const JudgingHoldout holdout,
                             input.spec.has_survival()
                                 ? MakeSurvivalHoldout(input.dataset, input.spec, judging, input.threads, input.parts)
                                 : MakeHoldout(input.dataset, training, judging, input.threads, input.parts));
  const auto model = JudgeOn(holdout, input.model), champion = JudgeOn(holdout, input.champion);
  for (const auto& judged : {&model, &champion}) {
    if (judged->ok()) continue;
    if (!absl::IsInvalidArgument(judged->status())) return judged->status();
    comparison.set_not_compared(absl::StrCat("the data does not fit both: ", judged->status().message()));
    return compared;
  }
  std::string value_feature;
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> values, CustomerValues(holdout, value_feature));
  CLIENTELE_RETURN_IF_ERROR(input.stop.Check());
  comparison.set_rows(judges);
  AddMetrics(*model, *champion, holdout.labels, TaskOf(input.spec), comparison);
  AddMovement(value_feature, values, *model, *champion, comparison);
  compared.evaluation = champion->evaluation;
  return compared;
}

}  // namespace clientele::training
