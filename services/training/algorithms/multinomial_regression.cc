// Multinomial logistic regression: a classifier of two classes or more.
#include <utility>

#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"
#include "common/model/artifact.h"
#include "services/training/algorithms/algorithms.h"
#include "services/training/algorithms/judging.h"
#include "services/training/evaluation/coefficients.h"
#include "services/training/evaluation/multiclass.h"
#include "services/training/learners/multinomial_regression/train.h"
#include "services/training/spec.h"

namespace clientele::training {

using model::v1::ModelArtifact;
using model::v1::MultinomialRegressionModel;

absl::Status TrainClasses(const LearnerInput& input, ModelArtifact& artifact, std::vector<v1::DataIssue>& issues) {
  std::vector<std::string> names;
  for (const auto& value : input.spec.dataset().label().attribute().classes()) names.push_back(ClassName(value));
  const auto& parameters = input.spec.multinomial_regression();
  CLIENTELE_ASSIGN_OR_RETURN(*artifact.mutable_multinomial_regression(),
                             TrainMultinomialRegression(std::move(input.matrix), names, parameters,
                                                        input.communicator, input.threads, input.stop, input.progress,
                                                        &input.journal));
  const auto& trained = artifact.multinomial_regression();
  WarnUnlessConverged(trained.gradient_norm(), parameters.gradient_tolerance(), trained.iterations(),
                      parameters.max_iterations(), issues);
  return absl::OkStatus();
}

absl::Status JudgeClasses(const JudgeInput& input, ModelArtifact& artifact) {
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<double> probabilities,
                             model::ClassProbabilities(input.predictor, input.dataset, input.judging, input.threads));
  CLIENTELE_ASSIGN_OR_RETURN(probabilities, dataset::AllGatherRows(std::move(probabilities), input.parts));
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> labels,
                             dataset::AllGatherRows(LabelsOf(input.dataset, input.judging), input.parts));
  std::vector<std::string> names;
  std::vector<double> shares;
  for (const auto& one : artifact.multinomial_regression().classes()) {
    names.push_back(one.name());
    shares.push_back(one.training_share());
  }
  auto& evaluation = *artifact.mutable_evaluation();
  *evaluation.mutable_classes() = EvaluateClasses(probabilities, labels, names, shares);
  const std::vector<std::string> columns = CoefficientNames(input.predictor.encoder());
  for (const auto& one : artifact.multinomial_regression().classes()) {
    std::vector<double> estimates(one.coefficients().begin(), one.coefficients().end());
    std::vector<double> errors(one.standard_errors().begin(), one.standard_errors().end());
    estimates.push_back(one.intercept());
    errors.push_back(one.intercept_standard_error());
    AddCoefficients({columns, estimates, errors, /*log_scale=*/true, one.name()}, evaluation);
  }
  return absl::OkStatus();
}

}  // namespace clientele::training
