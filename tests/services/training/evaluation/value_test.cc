#include "services/training/evaluation/value.h"

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

TEST(EvaluateValuesTest, ConstantActualsHaveNoShareToExplain) {
  const auto e = EvaluateValues({1, 2}, {3, 3}, 3);
  EXPECT_TRUE(std::isnan(e.r_squared()));
  EXPECT_TRUE(std::isnan(e.spearman()));
  EXPECT_TRUE(std::isnan(e.normalised_gini()));
}

}  // namespace
}  // namespace clientele::training
