#include "services/training/comparison/judged_model.h"

#include <cmath>
#include <string>
#include <utility>

#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"
#include "common/model/artifact.h"
#include "services/training/algorithms/judging.h"
#include "services/training/evaluation/classifier.h"
#include "services/training/evaluation/influence.h"
#include "services/training/evaluation/multiclass.h"
#include "services/training/evaluation/value.h"
#include "services/training/learners/survival/concordance.h"
#include "services/training/selection/window_values.h"

namespace clientele::training {
namespace {

using model::v1::ModelArtifact;

absl::Status JudgeTwoClasses(const JudgingHoldout& holdout, const model::Predictor& predictor, JudgedModel& judged) {
  CLIENTELE_ASSIGN_OR_RETURN(judged.scores,
                             model::ScoreRows(predictor, holdout.dataset, holdout.rows, holdout.threads));
  CLIENTELE_ASSIGN_OR_RETURN(judged.scores, dataset::AllGatherRows(std::move(judged.scores), holdout.parts));
  judged.threshold = predictor.artifact().logistic_regression().threshold();
  *judged.evaluation.mutable_classifier() =
      EvaluateClassifier(judged.scores, holdout.labels, judged.threshold, holdout.training_mean);
  return absl::OkStatus();
}

absl::Status JudgeManyClasses(const JudgingHoldout& holdout, const model::Predictor& predictor, JudgedModel& judged) {
  CLIENTELE_ASSIGN_OR_RETURN(judged.probabilities, model::ClassProbabilities(predictor, holdout.dataset, holdout.rows,
                                                                             holdout.threads));
  CLIENTELE_ASSIGN_OR_RETURN(judged.probabilities,
                             dataset::AllGatherRows(std::move(judged.probabilities), holdout.parts));
  std::vector<std::string> names;
  std::vector<double> shares;
  for (const auto& one : predictor.artifact().multinomial_regression().classes()) {
    names.push_back(one.name());
    shares.push_back(one.training_share());
  }
  *judged.evaluation.mutable_classes() = EvaluateClasses(judged.probabilities, holdout.labels, names, shares);
  return absl::OkStatus();
}

absl::Status JudgeMoney(const JudgingHoldout& holdout, const model::Predictor& predictor, JudgedModel& judged) {
  CLIENTELE_ASSIGN_OR_RETURN(judged.scores, WindowValues(predictor.artifact(), holdout.dataset, holdout.rows,
                                                         holdout.threads));
  CLIENTELE_ASSIGN_OR_RETURN(judged.scores, dataset::AllGatherRows(std::move(judged.scores), holdout.parts));
  *judged.evaluation.mutable_value() = EvaluateValues(judged.scores, holdout.labels, holdout.training_mean);
  return absl::OkStatus();
}

absl::Status JudgeDurations(const JudgingHoldout& holdout, const model::Predictor& predictor, JudgedModel& judged) {
  CLIENTELE_ASSIGN_OR_RETURN(judged.scores, model::ScoreRows(predictor, holdout.dataset, holdout.rows, holdout.threads,
                                                             &model::Scores::fit));
  CLIENTELE_ASSIGN_OR_RETURN(judged.scores, dataset::AllGatherRows(std::move(judged.scores), holdout.parts));
  survival::Concordance concordance = survival::MeasureConcordance(holdout.lasted.rows(), judged.scores);
  auto& evaluation = *judged.evaluation.mutable_survival();
  evaluation.set_events(holdout.lasted.events());
  evaluation.set_concordance(concordance.value);
  evaluation.set_concordance_standard_error(concordance.standard_error);
  judged.order = std::move(concordance.influences);
  for (double& influence : judged.order) influence *= static_cast<double>(judged.order.size());  // As of a mean.
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<JudgingHoldout> MakeSurvivalHoldout(const dataset::Dataset& dataset, const model::v1::TrainingSpec& spec,
                                                   const dataset::RowSelection& judging, int threads,
                                                   dataset::Parts& parts) {
  CLIENTELE_ASSIGN_OR_RETURN(const SurvivalColumns columns, SurvivalColumns::Of(dataset, spec.survival()));
  JudgingHoldout holdout{dataset, judging, threads, parts};
  SurvivalTable& lasted = holdout.lasted;
  lasted = columns.Read(judging, spec.weight_feature());
  CLIENTELE_ASSIGN_OR_RETURN(lasted.durations, dataset::AllGatherRows(std::move(lasted.durations), parts));
  CLIENTELE_ASSIGN_OR_RETURN(lasted.ended, dataset::AllGatherRows(std::move(lasted.ended), parts));
  CLIENTELE_ASSIGN_OR_RETURN(lasted.weights, dataset::AllGatherRows(std::move(lasted.weights), parts));
  CLIENTELE_ASSIGN_OR_RETURN(lasted.strata, dataset::AllGatherRows(std::move(lasted.strata), parts));
  return holdout;
}

absl::StatusOr<JudgingHoldout> MakeHoldout(const dataset::Dataset& dataset, const dataset::RowSelection& training,
                                           const dataset::RowSelection& judging, int threads, dataset::Parts& parts) {
  CLIENTELE_ASSIGN_OR_RETURN(const double training_mean, LabelMean(dataset, training, parts));
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<double> labels, dataset::AllGatherRows(LabelsOf(dataset, judging), parts));
  for (double& label : labels) label = std::isnan(label) ? 0 : label;
  return JudgingHoldout{dataset, judging, threads, parts, std::move(labels), training_mean};
}

absl::StatusOr<JudgedModel> JudgeOn(const JudgingHoldout& holdout, const model::Predictor& predictor) {
  JudgedModel judged;
  const ModelArtifact& artifact = predictor.artifact();
  const size_t rows = artifact.has_survival() ? holdout.lasted.durations.size() : holdout.labels.size();
  judged.evaluation.set_holdout_rows(static_cast<int64_t>(rows));
  judged.evaluation.set_train_rows(artifact.lineage().train_rows());
  CLIENTELE_RETURN_IF_ERROR(artifact.has_logistic_regression()      ? JudgeTwoClasses(holdout, predictor, judged)
                            : artifact.has_multinomial_regression() ? JudgeManyClasses(holdout, predictor, judged)
                            : artifact.has_survival()               ? JudgeDurations(holdout, predictor, judged)
                                                                    : JudgeMoney(holdout, predictor, judged));
  return judged;
}

std::vector<double> InfluencesOf(absl::string_view metric, const JudgedModel& judged, absl::Span<const double> labels) {
  if (judged.evaluation.has_classifier()) {
    return ClassifierInfluences(metric, judged.scores, labels, judged.threshold);
  }
  if (judged.evaluation.has_survival()) return judged.order;
  if (judged.evaluation.has_classes()) return ClassesInfluences(metric, judged.probabilities, labels);
  return ValueInfluences(metric, judged.scores, labels);
}

}  // namespace clientele::training
