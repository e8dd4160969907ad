#include "common/model/value_regression/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/common/model/sample.h"
#include "tests/testing/status_matchers.h"

namespace clientele::model {
namespace {

using testutil::StatusIs;
using v1::ModelArtifact;
using v1::ValueRegressionParameters;
using ::testing::HasSubstr;

// fit = 1 + 0.5 (x - 2) + 0 [a] - 3 [b]
ModelArtifact Tiny(ValueRegressionParameters::Target target) {
  ModelArtifact artifact = testutil::TinyArtifact();
  auto* model = artifact.mutable_value_regression();
  for (const double coefficient : {0.5, 0.0, -3.0}) model->add_coefficients(coefficient);
  model->set_intercept(1);
  model->set_target(target);
  model->set_smearing(1.5);
  return artifact;
}

double Value(const ModelArtifact& artifact, double x, absl::string_view plan) {
  auto predictor = Predictor::Create(artifact);
  EXPECT_OK(predictor);
  return (*predictor)->Predict({Cell::Number(x), Cell::Category(plan)}, false).output;
}

TEST(ValueRegressionPredictorTest, BringsLogarithmsBackWithSmearing) {
  const ModelArtifact artifact = Tiny(ValueRegressionParameters::TARGET_LOG1P);
  EXPECT_DOUBLE_EQ(Value(artifact, 4, "a"), 1.5 * std::exp(2.0) - 1);
  EXPECT_EQ(Value(artifact, 2, "b"), 0);  // 1.5 exp(-2) - 1 < 0.
}

TEST(ValueRegressionPredictorTest, PlainIsTheFit) {
  const ModelArtifact artifact = Tiny(ValueRegressionParameters::TARGET_PLAIN);
  EXPECT_DOUBLE_EQ(Value(artifact, 4, "a"), 2);
  EXPECT_EQ(Value(artifact, 4, "b"), 0);
}

TEST(ValueRegressionPredictorTest, KeepsNegativeValuesWhereAllowed) {
  ModelArtifact artifact = Tiny(ValueRegressionParameters::TARGET_PLAIN);
  artifact.mutable_value_regression()->set_allow_negative(true);
  EXPECT_DOUBLE_EQ(Value(artifact, 4, "b"), -1);
  artifact.mutable_value_regression()->set_target(ValueRegressionParameters::TARGET_LOG1P);
  EXPECT_DOUBLE_EQ(Value(artifact, 2, "b"), 1.5 * std::exp(-2.0) - 1);
}

TEST(ValueRegressionPredictorTest, StaysFiniteForAnyNumber) {
  const ModelArtifact artifact = Tiny(ValueRegressionParameters::TARGET_LOG1P);
  EXPECT_TRUE(std::isfinite(Value(artifact, 1e300, "a")));
  EXPECT_EQ(Value(artifact, -1e300, "a"), 0);
}

TEST(ValueRegressionPredictorTest, ContributionsAddUpToTheFit) {
  ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(Tiny(ValueRegressionParameters::TARGET_LOG1P)));
  const Prediction prediction = predictor->Predict({Cell::Number(7), Cell::Category("a")}, true);
  EXPECT_DOUBLE_EQ(prediction.baseline, 1 - 3 * 0.75);
  EXPECT_THAT(prediction.contributions, ::testing::ElementsAre(2.5, 2.25));
  EXPECT_DOUBLE_EQ(prediction.fit, 3.5);
}

TEST(ValueRegressionPredictorTest, RefusesWhatDoesNotFit) {
  ModelArtifact artifact = Tiny(ValueRegressionParameters::TARGET_UNSPECIFIED);
  EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("target")));
  artifact = Tiny(ValueRegressionParameters::TARGET_LOG1P);
  artifact.mutable_value_regression()->set_smearing(0);
  EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("smearing")));
  artifact = Tiny(ValueRegressionParameters::TARGET_LOG1P);
  artifact.mutable_value_regression()->mutable_coefficients()->RemoveLast();
  EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("coefficients")));
}

}  // namespace
}  // namespace clientele::model
