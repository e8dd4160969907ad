#include "common/model/algorithms.h"

#include "common/model/kmeans/predictor.h"
#include "common/model/lifetime_value/predictor.h"
#include "common/model/logistic_regression/predictor.h"
#include "common/model/multinomial_regression/predictor.h"
#include "common/model/rfm/predictor.h"
#include "common/model/survival/predictor.h"
#include "common/model/value_regression/predictor.h"

namespace clientele::model {
namespace {

using v1::ModelArtifact;

constexpr Algorithm kAlgorithms[] = {
    {ModelArtifact::kKmeans, "kmeans", "K-means segmentation", &KMeansPredictor::Make},
    {ModelArtifact::kLifetimeValue, "lifetime_value", "Lifetime value", &LifetimeValuePredictor::Make},
    {ModelArtifact::kLogisticRegression, "logistic_regression", "Logistic regression",
     &LogisticRegressionPredictor::Make},
    {ModelArtifact::kMultinomialRegression, "multinomial_regression", "Multinomial logistic regression",
     &MultinomialRegressionPredictor::Make},
    {ModelArtifact::kRfm, "rfm", "RFM segments", &RfmPredictor::Make},
    {ModelArtifact::kSurvival, "survival", "Survival", &SurvivalPredictor::Make},
    {ModelArtifact::kValueRegression, "value_regression", "Value regression", &ValueRegressionPredictor::Make},
};

}  // namespace

absl::Span<const Algorithm> Algorithms() { return kAlgorithms; }

const Algorithm* FindAlgorithm(ModelArtifact::ModelCase model) {
  for (const Algorithm& algorithm : kAlgorithms) {
    if (algorithm.model == model) return &algorithm;
  }
  return nullptr;
}

}  // namespace clientele::model
