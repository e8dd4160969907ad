#include "common/model/multinomial_regression/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/model/artifact.h"
#include "tests/common/model/sample.h"
#include "tests/testing/status_matchers.h"

namespace clientele::model {
namespace {

using ::testing::HasSubstr;
using testutil::StatusIs;
using v1::ModelArtifact;

// Fits: red = 1 + (x - 2) + 2 [a], blue = -(x - 2) - [b], green = -1 - 2 [a] + [b].
ModelArtifact Tiny() {
  ModelArtifact artifact = testutil::TinyArtifact();
  const struct {
    const char* name;
    double intercept, x, a, b;
  } classes[] = {{"red", 1, 1, 2, 0}, {"blue", 0, -1, 0, -1}, {"green", -1, 0, -2, 1}};
  for (const auto& one : classes) {
    auto& out = *artifact.mutable_multinomial_regression()->add_classes();
    out.set_name(one.name);
    for (const double coefficient : {one.x, one.a, one.b}) out.add_coefficients(coefficient);
    out.set_intercept(one.intercept);
    out.set_training_share(0.25);
  }
  return artifact;
}

TEST(MultinomialRegressionPredictorTest, ScoresBySoftmax) {
  ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(Tiny()));
  const Prediction p = predictor->Predict({Cell::Number(3), Cell::Category("a")}, false);
  const double red = std::exp(4), blue = std::exp(-1), green = std::exp(-3);
  ASSERT_EQ(p.probabilities.size(), 3u);
  EXPECT_NEAR(p.probabilities[0], red / (red + blue + green), 1e-15);
  EXPECT_NEAR(p.probabilities[1], blue / (red + blue + green), 1e-15);
  EXPECT_NEAR(p.probabilities[2], green / (red + blue + green), 1e-15);
  EXPECT_EQ(p.predicted_class, 0);
  EXPECT_EQ(p.output, p.probabilities[0]);
  EXPECT_EQ(p.fit, 4);
}

TEST(MultinomialRegressionPredictorTest, IsSafeFarOut) {
  ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(Tiny()));
  const Prediction p = predictor->Predict({Cell::Number(-1e30), Cell::Category("b")}, false);
  EXPECT_EQ(p.predicted_class, 1);
  EXPECT_EQ(p.output, 1);
  EXPECT_EQ(p.probabilities[0], 0);
}

TEST(MultinomialRegressionPredictorTest, ExplainsThePredictedClassExactly) {
  ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(Tiny()));
  const Prediction blue = predictor->Predict({Cell::Number(0), Cell::Category("a")}, true);
  ASSERT_EQ(blue.predicted_class, 1);
  EXPECT_DOUBLE_EQ(blue.baseline, -0.75);
  EXPECT_DOUBLE_EQ(blue.contributions[0], 2);     // -(0 - 2).
  EXPECT_DOUBLE_EQ(blue.contributions[1], 0.75);  // Not b, as three quarters are.
  EXPECT_DOUBLE_EQ(blue.baseline + blue.contributions[0] + blue.contributions[1], blue.fit);
  // Against the average of the classes: fits sum to 0.
  double log_average = 0;
  for (const double probability : blue.probabilities) log_average += std::log(probability) / 3;
  EXPECT_NEAR(std::log(blue.output) - log_average, blue.fit, 1e-12);
}

TEST(MultinomialRegressionPredictorTest, GoldenRowsHoldTheClassesProbabilities) {
  ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(Tiny()));
  const auto golden = MakeGoldenRows(*predictor);
  ASSERT_EQ(golden[0].outputs_size(), 3);
  EXPECT_NEAR(golden[0].outputs(0) + golden[0].outputs(1) + golden[0].outputs(2), 1, 1e-15);
}

TEST(MultinomialRegressionPredictorTest, RefusesWhatDoesNotFit) {
  const auto status = [](const ModelArtifact& artifact) { return Predictor::Create(artifact).status(); };
  ModelArtifact artifact = Tiny();
  artifact.mutable_multinomial_regression()->mutable_classes(1)->add_coefficients(1);
  EXPECT_THAT(status(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("4 numbers")));
  artifact = Tiny();
  artifact.mutable_multinomial_regression()->mutable_classes(2)->set_intercept(std::nan(""));
  EXPECT_THAT(status(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("intercept")));
  artifact = Tiny();
  artifact.mutable_multinomial_regression()->mutable_classes(2)->set_name("red");
  EXPECT_THAT(status(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("same name")));
  artifact = Tiny();
  artifact.mutable_multinomial_regression()->mutable_classes(0)->set_training_share(2);
  EXPECT_THAT(status(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("training share")));
  artifact = Tiny();
  artifact.mutable_multinomial_regression()->mutable_classes()->DeleteSubrange(1, 2);
  EXPECT_THAT(status(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("1 classes")));
}

}  // namespace
}  // namespace clientele::model
