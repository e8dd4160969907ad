#include "services/training/evaluation/value.h"
#include "tests/testing/status_matchers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace clientele::training {
namespace {

TEST(EvaluateValuesTest, MeasuresErrorsAgainstTheMean) {
  const auto e = EvaluateValues({1, 2, 6}, {2, 2, 5}, 4);
  EXPECT_DOUBLE_EQ(e.rmse(), std::sqrt(2.0 / 3));
  EXPECT_DOUBLE_EQ(e.mae(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(e.r_squared(), 1 - 2.0 / 6);
  EXPECT_DOUBLE_EQ(e.rmse_baseline(), std::sqrt((4 + 4 + 1) / 3.0));
  EXPECT_DOUBLE_EQ(e.mae_baseline(), 5.0 / 3);
  EXPECT_DOUBLE_EQ(e.mean_actual(), 3);
  EXPECT_DOUBLE_EQ(e.total_ratio(), 1);
}

TEST(EvaluateValuesTest, RanksShareTies) {
  // Ranks of predictions 1.5 1.5 3 4, of actuals 1 2 3.5 3.5; their correlation by hand.
  const auto e = EvaluateValues({1, 1, 2, 3}, {0, 1, 7, 7}, 0);
  const double a[] = {-1, -1, 0.5, 1.5}, b[] = {-1.5, -0.5, 1, 1};
  double ab = 0, aa = 0, bb = 0;
  for (int i = 0; i < 4; ++i) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  EXPECT_NEAR(e.spearman(), ab / std::sqrt(aa * bb), 1e-12);
}

TEST(EvaluateValuesTest, GiniIsOneForTheBestOrderAndMinusOneForTheWorst) {
  const std::vector<double> actual = {0, 1, 5, 20};
  EXPECT_NEAR(EvaluateValues({1, 2, 3, 4}, actual, 0).normalised_gini(), 1, 1e-12);
  EXPECT_NEAR(EvaluateValues({4, 3, 2, 1}, actual, 0).normalised_gini(), -1, 1e-12);
  EXPECT_NEAR(EvaluateValues({1, 1, 1, 1}, actual, 0).normalised_gini(), 0, 1e-12);
}

TEST(EvaluateValuesTest, DecilesGoFromTheHighestPredictionDown) {
  std::vector<double> predicted, actual;
  for (int i = 0; i < 100; ++i) {
    predicted.push_back(i);
    actual.push_back(i < 90 ? 1 : 9);
  }
  const auto e = EvaluateValues(predicted, actual, 1);
  ASSERT_EQ(e.deciles_size(), 10);
  EXPECT_EQ(e.deciles(0).rows(), 10);
  EXPECT_DOUBLE_EQ(e.deciles(0).mean_predicted(), 94.5);
  EXPECT_DOUBLE_EQ(e.deciles(0).mean_actual(), 9);
  EXPECT_DOUBLE_EQ(e.deciles(0).cumulative_share(), 0.5);
  EXPECT_DOUBLE_EQ(e.deciles(9).cumulative_share(), 1);
  EXPECT_DOUBLE_EQ(e.top_decile_share(), 0.5);
}

TEST(EvaluateValuesTest, DecilesSayHowSureTheirMeansAre) {
  std::vector<double> predicted, actual;
  for (int i = 0; i < 40; ++i) {
    predicted.push_back(i);
    actual.push_back(i % 2 == 0 ? 10 : 14);
  }
  const auto e = EvaluateValues(predicted, actual, 1);
  // Four rows, 10 14 10 14: sample deviation 4 / sqrt 3, standard error 2 / sqrt 3.
  EXPECT_NEAR(e.deciles(3).lower(), 12 - 1.959964 * 2 / std::sqrt(3.0), 1e-6);
  EXPECT_NEAR(e.deciles(3).upper(), 12 + 1.959964 * 2 / std::sqrt(3.0), 1e-6);
  const auto single = EvaluateValues({1}, {3}, 1);
  EXPECT_EQ(single.deciles(9).lower(), 3);
}

TEST(EvaluateValuesTest, TheGainsCurveRisesFromNothingToAll) {
  std::vector<double> predicted, actual;
  for (int i = 0; i < 1000; ++i) {
    predicted.push_back(i);
    actual.push_back(i < 500 ? 0 : 1);
  }
  const auto e = EvaluateValues(predicted, actual, 1);
  ASSERT_EQ(e.gains_curve_size(), 200);
  EXPECT_EQ(e.gains_curve(0).x(), 0);
  EXPECT_EQ(e.gains_curve(0).y(), 0);
  for (const auto& point : e.gains_curve()) EXPECT_NEAR(point.y(), std::min(1.0, 2 * point.x()), 1e-12);
  EXPECT_EQ(e.gains_curve(199).x(), 1);
  EXPECT_EQ(EvaluateValues({1, 2, 3}, {1, 1, 1}, 1).gains_curve_size(), 4);
  EXPECT_EQ(EvaluateValues({1, 2}, {0, 0}, 1).gains_curve_size(), 0);
}

TEST(EvaluateValuesTest, EqualPredictionsMakeAStraightGainsCurve) {
  const auto e = EvaluateValues({5, 5, 5, 5}, {8, 0, 0, 0}, 1);
  for (const auto& point : e.gains_curve()) EXPECT_NEAR(point.y(), point.x(), 1e-12);
}

TEST(EvaluateValuesTest, TheTotalRatioHasTheIntervalOfItsRows) {
  std::vector<double> predicted(400, 10), actual;
  for (int i = 0; i < 400; ++i) actual.push_back(i % 4 == 0 ? 40 : 0);
  auto e = EvaluateValues(predicted, actual, 1);
  ASSERT_OK(AddTotalRatioInterval(predicted, actual, 2, e));
  EXPECT_DOUBLE_EQ(e.total_ratio(), 1);
  // The mean varies by 17.3 / 20 = 0.87 of 10.
  EXPECT_NEAR(e.total_ratio_lower(), 1 / (1 + 1.96 * 0.0867), 0.03);
  EXPECT_NEAR(e.total_ratio_upper(), 1 / (1 - 1.96 * 0.0867), 0.03);
}

TEST(EvaluateValuesTest, ConstantActualsHaveNoShareToExplain) {
  const auto e = EvaluateValues({1, 2}, {3, 3}, 3);
  EXPECT_TRUE(std::isnan(e.r_squared()));
  EXPECT_TRUE(std::isnan(e.spearman()));
  EXPECT_TRUE(std::isnan(e.normalised_gini()));
}

}  // namespace
}  // namespace clientele::training
