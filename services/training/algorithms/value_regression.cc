// Lifetime-value regression.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"
#include "common/model/value_regression/family.h"
#include "services/training/algorithms/algorithms.h"
#include "services/training/algorithms/judging.h"
#include "services/training/evaluation/baselines.h"
#include "services/training/evaluation/coefficients.h"
#include "services/training/evaluation/high_value.h"
#include "services/training/evaluation/intervals.h"
#include "services/training/evaluation/value.h"
#include "services/training/learners/value_regression/train.h"

namespace clientele::training {
namespace {

using model::v1::Evaluation;
using model::v1::ModelArtifact;
using model::v1::ValueRegressionModel;
using model::v1::ValueRegressionParameters;

// One a judging row of all parts, in row order: to how much its value is proportional. 1 where the spec names no
// exposure, and where it is not known.
absl::StatusOr<std::vector<double>> Exposures(const JudgeInput& input, const std::string& feature) {
  std::vector<double> exposures;
  const int column = input.dataset.FindColumn(feature);
  for (int s = 0; s < kShardCount; ++s) {
    const dataset::Shard& shard = input.dataset.shards[s];
    for (int64_t row = 0; row < shard.rows; ++row) {
      if (!input.judging.Has(s, row)) continue;
      double exposure = 1;
      if (column >= 0) {
        exposure = shard.numbers[row * input.dataset.number_columns + input.dataset.places[column].index];
      }
      exposures.push_back(exposure > 0 ? exposure : 1);
    }
  }
  return dataset::AllGatherRows(std::move(exposures), input.parts);
}

// Days that the label looks ahead; 0: it does not say.
int HorizonDays(const common::v1::Label& label) {
  if (label.has_spend_within()) return label.spend_within().days();
  return label.has_outcome() ? label.outcome().days() : 0;
}

absl::Status JudgeAgainstRules(const JudgeInput& input, const std::vector<double>& predictions,
                               const std::vector<double>& actuals, double training_mean, const ModelArtifact& artifact,
                               Evaluation& evaluation) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<ValueRule> rules,
                             SimpleValueRules(input.dataset, input.judging, training_mean,
                                              HorizonDays(artifact.spec().dataset().label()), input.parts));
  for (const ValueRule& rule : rules) *evaluation.mutable_value()->add_baselines() = JudgeRule(rule, actuals);
  const ValueRule& strongest = rules.back();
  CLIENTELE_ASSIGN_OR_RETURN(*evaluation.mutable_grade(),
                             GradeValues(predictions, strongest.name, strongest.predictions, actuals, input.threads,
                                         input.parts));
  return absl::OkStatus();
}

// Intervals are around scores, which are at an exposure of 1.
void FitIntervals(const std::vector<double>& scores, const std::vector<double>& actuals,
                  const std::vector<double>& exposures, const ValueRegressionParameters& parameters,
                  ValueRegressionModel& model, Evaluation& evaluation) {
  std::vector<double> at_one = actuals;
  for (size_t i = 0; i < at_one.size(); ++i) {
    at_one[i] /= exposures[i];
    // Where predictions below 0 count as 0, so does what came.
    if (!model.allow_negative()) at_one[i] = std::max(at_one[i], 0.0);
  }
  *model.mutable_intervals() = ConformalIntervals(scores, at_one, CoverageOf(parameters), model.allow_negative());
  AddIntervalMeasures(model.intervals(), model.allow_negative(), scores, at_one, *evaluation.mutable_value());
}

// `part` is a ValueRegressionModel or one of its LinearPredictors.
template <typename Part>
void AddPart(const Part& part, absl::string_view name, bool log_scale, const std::vector<std::string>& names,
             Evaluation& evaluation) {
  std::vector<double> estimates(part.coefficients().begin(), part.coefficients().end());
  std::vector<double> errors(part.standard_errors().begin(), part.standard_errors().end());
  estimates.push_back(part.intercept());
  errors.push_back(part.intercept_standard_error());
  AddCoefficients({names, estimates, errors, log_scale, name}, evaluation);
}

void AddAllCoefficients(const JudgeInput& input, const ValueRegressionModel& model, Evaluation& evaluation) {
  const std::vector<std::string> names = CoefficientNames(input.predictor.encoder());
  const bool parts = model::HasOccurrence(model.family());
  const bool log_scale = model::HasLogLink(model.family()) || model.target() == ValueRegressionParameters::TARGET_LOG1P;
  AddPart(model, parts ? "mean" : "", log_scale, names, evaluation);
  if (parts) AddPart(model.occurrence(), "occurrence", true, names, evaluation);
  if (model::HasSpread(model.family())) AddPart(model.spread(), "spread", true, names, evaluation);
}

}  // namespace

absl::Status TrainValue(const LearnerInput& input, ModelArtifact& artifact, std::vector<v1::DataIssue>& issues) {
  const auto& parameters = input.spec.value_regression();
  CLIENTELE_ASSIGN_OR_RETURN(
      *artifact.mutable_value_regression(),
      TrainValueRegression(input.matrix, parameters, input.communicator, input.threads, input.stop, input.progress,
                           &input.journal));
  const auto& trained = artifact.value_regression();
  WarnUnlessConverged(trained.gradient_norm(), parameters.gradient_tolerance(), trained.iterations(),
                      parameters.max_iterations(), issues);
  return absl::OkStatus();
}

absl::Status JudgeValue(const JudgeInput& input, ModelArtifact& artifact) {
  CLIENTELE_ASSIGN_OR_RETURN(const ScoredRows scored, ScoreJudgingRows(input));
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> exposures, Exposures(input, artifact.spec().exposure_feature()));
  CLIENTELE_ASSIGN_OR_RETURN(const double training_mean, TrainingLabelMean(input));
  std::vector<double> predictions = scored.scores;
  for (size_t i = 0; i < predictions.size(); ++i) predictions[i] *= exposures[i];
  Evaluation& evaluation = *artifact.mutable_evaluation();
  ValueRegressionModel& model = *artifact.mutable_value_regression();
  *evaluation.mutable_value() = EvaluateValues(predictions, scored.labels, training_mean);
  CLIENTELE_RETURN_IF_ERROR(
      AddTotalRatioInterval(predictions, scored.labels, input.threads, *evaluation.mutable_value(), input.parts));
  CLIENTELE_RETURN_IF_ERROR(
      JudgeAgainstRules(input, predictions, scored.labels, training_mean, artifact, evaluation));
  FitIntervals(scored.scores, scored.labels, exposures, artifact.spec().value_regression(), model, evaluation);
  AddAllCoefficients(input, model, evaluation);
  return absl::OkStatus();
}

}  // namespace clientele::training
