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

TEST(LogisticRegressionPredictorTest, CalibratesTheProbabilityAndNotTheFit) {
  ModelArtifact artifact = Tiny();
  artifact.mutable_logistic_regression()->mutable_platt()->set_slope(0.5);
  artifact.mutable_logistic_regression()->mutable_platt()->set_intercept(-1);
  ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(artifact));
  const Prediction a = predictor->Predict({Cell::Number(4), Cell::Category("a")}, true);
  EXPECT_DOUBLE_EQ(a.fit, 2);
  EXPECT_DOUBLE_EQ(a.output, 0.5);
  EXPECT_DOUBLE_EQ(a.baseline + a.contributions[0] + a.contributions[1], a.fit);
}

TEST(LogisticRegressionPredictorTest, IsotonicCalibrationGoesByLinesBetweenItsPoints) {
  v1::LogisticRegressionModel model;
  for (const double log_odds : {-2.0, 0.0, 1.0}) model.mutable_isotonic()->add_log_odds(log_odds);
  for (const double probability : {0.1, 0.3, 0.9}) model.mutable_isotonic()->add_probabilities(probability);
  ASSERT_OK_AND_ASSIGN(const Calibration calibration, Calibration::Create(model));
  EXPECT_EQ(calibration.Probability(-1e60), 0.1);
  EXPECT_EQ(calibration.Probability(-2), 0.1);
  EXPECT_DOUBLE_EQ(calibration.Probability(-1), 0.2);
  EXPECT_EQ(calibration.Probability(0), 0.3);
  EXPECT_DOUBLE_EQ(calibration.Probability(0.5), 0.6);
  EXPECT_EQ(calibration.Probability(1), 0.9);
  EXPECT_EQ(calibration.Probability(1e60), 0.9);
}

TEST(LogisticRegressionPredictorTest, RefusesACalibrationThatFallsOrIsNotFinite) {
  const auto platt = [](double slope, double intercept) {
    v1::LogisticRegressionModel model;
    model.mutable_platt()->set_slope(slope);
    model.mutable_platt()->set_intercept(intercept);
    return Calibration::Create(model).status();
  };
  EXPECT_OK(platt(0, 1));
  EXPECT_THAT(platt(-1, 0), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("slope")));
  EXPECT_THAT(platt(std::nan(""), 0), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("slope")));
  EXPECT_THAT(platt(1, INFINITY), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("intercept")));
  const auto isotonic = [](const std::vector<double>& log_odds, const std::vector<double>& probabilities) {
    v1::LogisticRegressionModel model;
    model.mutable_isotonic()->mutable_log_odds()->Assign(log_odds.begin(), log_odds.end());
    model.mutable_isotonic()->mutable_probabilities()->Assign(probabilities.begin(), probabilities.end());
    return Calibration::Create(model).status();
  };
  EXPECT_OK(isotonic({1}, {0.5}));
  EXPECT_OK(isotonic({1, 2}, {0.5, 0.5}));
  EXPECT_THAT(isotonic({}, {}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no points")));
  EXPECT_THAT(isotonic({1, 1}, {0.5, 0.6}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("do not rise")));
  EXPECT_THAT(isotonic({1, 2}, {0.5, 0.4}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("fall")));
  EXPECT_THAT(isotonic({1, 2}, {0.5}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("1 numbers")));
  EXPECT_THAT(isotonic({1, 2}, {0.5, 1.1}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("[0, 1]")));
  EXPECT_THAT(isotonic({1, std::nan("")}, {0.5, 1}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("nan")));
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
