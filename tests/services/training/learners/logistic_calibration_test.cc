// Calibration: that probabilities come true, and that it is honest about where it looked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/base/error.h"
#include "common/model/logistic_regression/calibration.h"
#include "services/training/evaluation/classifier.h"
#include "services/training/learners/logistic_regression/calibration.h"
#include "tests/services/training/support/overlapping.h"

namespace clientele::training {
namespace {

using model::v1::LogisticRegressionModel;
using model::v1::LogisticRegressionParameters;
using ::testing::ElementsAre;
using testutil::LabelledRows;
using testutil::Overlapping;
using testutil::Penalty;
using testutil::TrainLogistic;

constexpr auto kPlatt = LogisticRegressionParameters::CALIBRATION_PLATT;
constexpr auto kIsotonic = LogisticRegressionParameters::CALIBRATION_ISOTONIC;

TEST(FitIsotonicTest, PoolsWhatFalls) {
  // Shares by log odds: 0, 1 | 0 (pooled to 1/2), 1.
  const std::vector<ScoredRow> rows = {{3, 1, true}, {-1, 1, false}, {1, 1, true}, {2, 1, false}};
  const auto isotonic = FitIsotonic(rows);
  EXPECT_THAT(isotonic.log_odds(), ElementsAre(-1, 1, 2, 3));
  EXPECT_THAT(isotonic.probabilities(), ElementsAre(1.0 / 3, 0.5, 0.5, 1 - 1.0 / 3));  // Nothing is certain.
}

TEST(FitIsotonicTest, WeighsRowsAndJoinsEqualLogOdds) {
  const auto isotonic = FitIsotonic({{0, 3, true}, {0, 1, false}, {1, 98, true}});
  EXPECT_THAT(isotonic.log_odds(), ElementsAre(0, 1));
  EXPECT_THAT(isotonic.probabilities(), ElementsAre(0.75, 1 - 1.0 / 100));
}

TEST(FitIsotonicTest, OfRowsThatAgreeIsOneStepAndStaysBelowItsNeighbour) {
  const auto one = FitIsotonic({{0, 1, true}, {1, 1, true}});
  EXPECT_THAT(one.probabilities(), ElementsAre(0.75, 0.75));
  // A single negative is worth 1/3, but the next step is at 1/5.
  const auto low = FitIsotonic({{0, 1, false}, {1, 1, true}, {1, 4, false}, {2, 9, true}});
  EXPECT_THAT(low.probabilities(), ElementsAre(0.2, 0.2, 1 - 1.0 / 11));
}

TEST(FitPlattTest, FindsASlopeAndAnInterceptAgain) {
  Random random(3, 1);
  std::vector<ScoredRow> rows;
  for (int i = 0; i < 40000; ++i) {
    const double log_odds = 8 * random.Uniform() - 4;
    rows.push_back({log_odds, 1, random.Uniform() < 1 / (1 + std::exp(-(0.5 * log_odds - 1)))});
  }
  const auto platt = FitPlatt(rows, 2, StopToken());
  ASSERT_TRUE(platt.ok()) << platt.status();
  EXPECT_NEAR(platt->slope(), 0.5, 0.02);
  EXPECT_NEAR(platt->intercept(), -1, 0.03);
}

TEST(FitPlattTest, NeverFallsAndStaysFiniteWhereClassesAreSeparated) {
  // Log odds that are worse than chance: everybody gets the smoothed base rate.
  const auto against = FitPlatt({{1, 1, false}, {2, 1, false}, {-1, 1, true}, {-2, 1, true}}, 1, StopToken());
  EXPECT_EQ(against->slope(), 0);
  EXPECT_NEAR(against->intercept(), 0, 1e-9);
  const auto separated = FitPlatt({{1, 1, true}, {2, 1, true}, {-1, 1, false}, {-2, 1, false}}, 1, StopToken());
  EXPECT_GT(separated->slope(), 0);
  EXPECT_LT(separated->slope(), 10);
}

double CalibrationErrorOn(const LogisticRegressionModel& model, const LabelledRows& data) {
  const auto calibration = *clientele::model::Calibration::Create(model);
  std::vector<double> probabilities;
  for (const auto& row : data.rows) probabilities.push_back(calibration.Probability(testutil::FitOf(model, row)));
  return EvaluateClassifier(probabilities, data.labels, 0.5, 0.5).expected_calibration_error();
}

// Many columns and few rows without much of a penalty: log odds are far too sure of themselves.
TEST(CalibrationTest, RightsAnOverconfidentModel) {
  const LabelledRows train = Overlapping(300, 40, 21), fresh = Overlapping(6000, 40, 22);
  LogisticRegressionParameters parameters = Penalty(0.01);
  const auto plain = TrainLogistic(train.Matrix(), parameters);
  parameters.set_calibration(kPlatt);
  const auto platt = TrainLogistic(train.Matrix(), parameters);
  parameters.set_calibration(kIsotonic);
  const auto isotonic = TrainLogistic(train.Matrix(), parameters);
  ASSERT_TRUE(platt.ok() && isotonic.ok()) << platt.status() << isotonic.status();
  EXPECT_LT(platt->platt().slope(), 0.8);
  EXPECT_LT(CalibrationErrorOn(*platt, fresh), 0.6 * CalibrationErrorOn(*plain, fresh));
  EXPECT_LT(CalibrationErrorOn(*isotonic, fresh), CalibrationErrorOn(*plain, fresh));
  // The model behind it is the one of all rows.
  EXPECT_EQ(platt->coefficients(0), plain->coefficients(0));
  EXPECT_EQ(platt->objective(), plain->objective());
}

// Balanced classes tilt the log odds; calibrated, probabilities are those of the rows again.
TEST(CalibrationTest, UndoesTheTiltOfClassWeights) {
  LabelledRows data = Overlapping(3000, 2, 23);
  for (size_t i = 0; i < data.rows.size(); ++i) {
    if (i % 5 != 0 && data.labels[i] == 1) data.labels[i] = 0;
  }
  LogisticRegressionParameters parameters = Penalty(1);
  parameters.set_balance_classes(true);
  const auto tilted = TrainLogistic(data.Matrix(), parameters);
  parameters.set_calibration(kPlatt);
  const auto calibrated = TrainLogistic(data.Matrix(), parameters);
  EXPECT_GT(CalibrationErrorOn(*tilted, data), 0.2);
  EXPECT_LT(CalibrationErrorOn(*calibrated, data), 0.03);
}

TEST(CalibrationTest, SaysWhenAFoldHoldsAllRowsOfAClass) {
  LabelledRows data = Overlapping(60, 2, 24);
  std::fill(data.labels.begin(), data.labels.end(), 0.0);
  data.labels[30] = 1;
  LogisticRegressionParameters parameters = Penalty(1);
  EXPECT_TRUE(TrainLogistic(data.Matrix(), parameters).ok());
  parameters.set_calibration(kPlatt);
  const absl::Status status = TrainLogistic(data.Matrix(), parameters).status();
  EXPECT_EQ(ReasonOf(status), "DATA_NOT_READY");
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("fewer folds"));
}

// The whole is not separable, but without one of its rows it is: that fold's coefficients have no bound.
TEST(CalibrationTest, EndsWhereAFoldsRestIsSeparable) {
  LabelledRows data = Overlapping(200, 2, 26);
  for (size_t i = 0; i < data.rows.size(); ++i) data.labels[i] = data.rows[i][0] > 0 ? 1 : 0;
  data.rows[7] = {2, 0};
  data.labels[7] = 0;
  for (const auto calibration : {kPlatt, kIsotonic}) {
    LogisticRegressionParameters parameters = Penalty(0);
    parameters.set_calibration(calibration);
    const auto model = TrainLogistic(data.Matrix(), parameters);
    ASSERT_TRUE(model.ok()) << model.status();
    EXPECT_FALSE(model->separable());
    EXPECT_TRUE(std::isfinite(model->platt().slope()));
    EXPECT_TRUE(clientele::model::Calibration::Create(*model).ok());
  }
}

TEST(CalibrationTest, TheThresholdIsOfCalibratedProbabilities) {
  const LabelledRows data = Overlapping(400, 30, 25);
  LogisticRegressionParameters parameters = Penalty(0.01);
  parameters.set_calibration(kPlatt);
  parameters.mutable_threshold()->set_base_rate(true);
  const auto model = TrainLogistic(data.Matrix(), parameters);
  const auto calibration = *clientele::model::Calibration::Create(*model);
  int called = 0, positives = 0;
  for (size_t i = 0; i < data.rows.size(); ++i) {
    called += calibration.Probability(testutil::FitOf(*model, data.rows[i])) >= model->threshold();
    positives += data.labels[i] == 1;
  }
  EXPECT_EQ(called, positives);
}

}  // namespace
}  // namespace clientele::training
