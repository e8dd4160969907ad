#include "services/training/algorithm.h"

#include "services/training/algorithms/algorithms.h"

namespace clientele::training {
namespace {

using model::v1::TrainingSpec;

constexpr Algorithm kAlgorithms[] = {
    {TrainingSpec::kKmeans, "kmeans", CategoryLayout::kDense, TrainClusters, JudgeClusters},
    {TrainingSpec::kLifetimeValue, "lifetime_value", CategoryLayout::kDense, TrainLifetimeValueModel, JudgeLifetimeValueModel},
    {TrainingSpec::kLogisticRegression, "logistic_regression", CategoryLayout::kFields, TrainClassifier, JudgeClassifier},
    {TrainingSpec::kMultinomialRegression, "multinomial_regression", CategoryLayout::kFields, TrainClasses, JudgeClasses},
    {TrainingSpec::kRfm, "rfm", CategoryLayout::kDense, TrainRfm, JudgeRfm},
    {TrainingSpec::kSurvival, "survival", CategoryLayout::kDense, TrainSurvival, JudgeSurvival},
    {TrainingSpec::kValueRegression, "value_regression", CategoryLayout::kFields, TrainValue, JudgeValue},
};

}  // namespace

absl::Span<const Algorithm> Algorithms() { return kAlgorithms; }

const Algorithm* FindAlgorithm(TrainingSpec::AlgorithmCase algorithm) {
  for (const Algorithm& candidate : kAlgorithms) {
    if (candidate.algorithm == algorithm) return &candidate;
  }
  return nullptr;
}

}  // namespace clientele::training
