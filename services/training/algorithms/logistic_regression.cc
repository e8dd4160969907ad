// Logistic regression: a classifier of two classes.
#include <utility>

#include "common/base/status_macros.h"
#include "services/training/algorithms/algorithms.h"
#include "services/training/algorithms/classifier_grade.h"
#include "services/training/algorithms/judging.h"
#include "services/training/evaluation/classifier.h"
#include "services/training/evaluation/coefficients.h"
#include "services/training/learners/logistic_regression/train.h"

namespace clientele::training {
namespace {

using model::v1::ClassifierEvaluation;
using model::v1::LogisticRegressionParameters;
using model::v1::ModelArtifact;

double MeanCost(const ClassifierEvaluation& evaluation, const LogisticRegressionParameters::Costs& costs,
                int64_t rows) {
  const auto& confusion = evaluation.confusion();
  return (costs.false_positive() * static_cast<double>(confusion.false_positives()) +
          costs.false_negative() * static_cast<double>(confusion.false_negatives())) /
         static_cast<double>(rows);
}

}  // namespace

absl::Status TrainClassifier(const LearnerInput& input, ModelArtifact& artifact, std::vector<v1::DataIssue>& issues) {
  const auto& parameters = input.spec.logistic_regression();
  CLIENTELE_ASSIGN_OR_RETURN(
      *artifact.mutable_logistic_regression(),
      TrainLogisticRegression(std::move(input.matrix), parameters, input.communicator, input.threads, input.stop,
                              input.progress, &input.journal));
  const auto& trained = artifact.logistic_regression();
  if (trained.separable()) {
    AddModelWarning(
        "CLASSES_SEPARABLE", "the features separate the two classes of the training rows perfectly",
        "look whether a feature gives the label away, or whether there are too few rows for so many features", issues);
  }
  WarnUnlessConverged(trained.gradient_norm(), parameters.gradient_tolerance(), trained.iterations(),
                      parameters.max_iterations(), issues);
  return absl::OkStatus();
}

absl::Status JudgeClassifier(const JudgeInput& input, ModelArtifact& artifact) {
  CLIENTELE_ASSIGN_OR_RETURN(const ScoredRows scored, ScoreJudgingRows(input));
  CLIENTELE_ASSIGN_OR_RETURN(const double training_mean, TrainingLabelMean(input));
  const auto& model = artifact.logistic_regression();
  auto& evaluation = *artifact.mutable_evaluation();
  auto& classifier = *evaluation.mutable_classifier();
  classifier = EvaluateClassifier(scored.scores, scored.labels, model.threshold(), training_mean);
  const auto& threshold = artifact.spec().logistic_regression().threshold();
  if (threshold.has_costs()) classifier.set_cost(MeanCost(classifier, threshold.costs(), evaluation.holdout_rows()));
  std::vector<double> estimates(model.coefficients().begin(), model.coefficients().end());
  std::vector<double> errors(model.standard_errors().begin(), model.standard_errors().end());
  estimates.push_back(model.intercept());
  errors.push_back(model.intercept_standard_error());
  AddCoefficients({CoefficientNames(input.predictor.encoder()), estimates, errors, /*log_scale=*/true}, evaluation);
  CLIENTELE_ASSIGN_OR_RETURN(*evaluation.mutable_grade(),
                             GradeClassifier(input, scored, model.threshold(), training_mean));
  return absl::OkStatus();
}

}  // namespace clientele::training
