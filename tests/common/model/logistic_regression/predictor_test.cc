#include "common/model/logistic_regression/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/common/model/sample.h"
#include "tests/testing/status_matchers.h"

namespace clientele::model {
namespace {

using testutil::StatusIs;
using v1::ModelArtifact;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// log odds = -1 + 0.5 (x - 2) + 2 [a] - 3 [b]
ModelArtifact Tiny() {
  ModelArtifact artifact = testutil::TinyArtifact();
  auto* model = artifact.mutable_logistic_regression();
  for (const double coefficient : {0.5, 2.0, -3.0}) model->add_coefficients(coefficient);
  model->set_intercept(-1);
  model->set_threshold(0.4);
  return artifact;
}

TEST(LogisticRegressionPredictorTest, ScoresByTheFormula) {
  ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(Tiny()));
  const Prediction a = predictor->Predict({Cell::Number(4), Cell::Category("a")}, false);
  EXPECT_DOUBLE_EQ(a.fit, 2);
  EXPECT_DOUBLE_EQ(a.output, 1 / (1 + std::exp(-2.0)));
  EXPECT_TRUE(a.imputed.empty());
  EXPECT_TRUE(a.contributions.empty());
  const Prediction b = predictor->Predict({Cell::Missing(), Cell::Category("b")}, false);
  EXPECT_DOUBLE_EQ(b.fit, -4);
  EXPECT_DOUBLE_EQ(b.output, 1 / (1 + std::exp(4.0)));
  EXPECT_THAT(b.imputed, ElementsAre(0));
}

TEST(LogisticRegressionPredictorTest, ExplainsExactly) {
  ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(Tiny()));
  const Prediction a = predictor->Predict({Cell::Number(4), Cell::Category("a")}, true);
  EXPECT_DOUBLE_EQ(a.baseline, -1 + 2 * 0.25 - 3 * 0.75);
  // x: 0.5 (2 - 0). plan: 2 (1 - 1/4) - 3 (0 - 3/4).
  EXPECT_THAT(a.contributions, ElementsAre(1, 3.75));
  EXPECT_DOUBLE_EQ(a.baseline + a.contributions[0] + a.contributions[1], a.fit);
}

TEST(LogisticRegressionPredictorTest, RefusesWhatDoesNotFit) {
  ModelArtifact artifact = Tiny();
  artifact.mutable_logistic_regression()->add_coefficients(1);
  EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("4 numbers")));
  artifact = Tiny();
  artifact.mutable_logistic_regression()->set_coefficients(1, std::nan(""));
  EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("nan")));
  artifact = Tiny();
  artifact.mutable_logistic_regression()->set_intercept(INFINITY);
  EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("intercept")));
  artifact = Tiny();
  artifact.mutable_logistic_regression()->set_threshold(1.1);
  EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("threshold")));
  artifact = Tiny();
  artifact.mutable_logistic_regression()->add_standard_errors(1);
  EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("standard_errors")));
}

}  // namespace
}  // namespace clientele::model
