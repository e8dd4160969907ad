#include "services/training/algorithm.h"

#include "services/training/algorithms/algorithms.h"

namespace clientele::training {
namespace {

using model::v1::TrainingSpec;

constexpr Algorithm kAlgorithms[] = {
    {TrainingSpec::kKmeans, "kmeans", Learns::kTogether, CategoryLayout::kDense, TrainClusters, JudgeClusters},
    {TrainingSpec::kLifetimeValue, "lifetime_value", Learns::kAlone, CategoryLayout::kDense, TrainLifetimeValueModel,
     JudgeLifetimeValueModel},
    {TrainingSpec::kLogisticRegression, "logistic_regression", Learns::kTogether, CategoryLayout::kFields,
     TrainClassifier, JudgeClassifier},
    {TrainingSpec::kMultinomialRegression, "multinomial_regression", Learns::kTogether, CategoryLayout::kFields,
     TrainClasses, JudgeClasses},
    {TrainingSpec::kRfm, "rfm", Learns::kAlone, CategoryLayout::kDense, TrainRfm, JudgeRfm},
    {TrainingSpec::kSurvival, "survival", Learns::kAlone, CategoryLayout::kDense, TrainSurvival, JudgeSurvival},
    {TrainingSpec::kValueRegression, "value_regression", Learns::kTogether, CategoryLayout::kFields, TrainValue,
     JudgeValue},
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
