// Against SciPy 1.10.
#include "common/statistics/hypotheses.h"

#include <gtest/gtest.h>

#include <vector>

namespace clientele::statistics {
namespace {

constexpr int64_t kFirst[] = {10, 20, 30, 25, 15}, kSecond[] = {20, 25, 30, 15, 10};

TEST(KolmogorovSmirnovTest, IsTheLargestDifferenceOfTheDistributions) {
  const TestResult result = KolmogorovSmirnov(kFirst, kSecond);
  EXPECT_NEAR(result.statistic, 0.15, 1e-12);
  EXPECT_NEAR(result.p_value, 0.19304165192468994, 1e-12);  // kstwobign.sf.
  EXPECT_EQ(KolmogorovSmirnov(kFirst, kFirst).p_value, 1);
}

TEST(ChiSquaredHomogeneityTest, IsThatOfATableOfTwoRows) {
  const TestResult result = ChiSquaredHomogeneity(kFirst, kSecond);
  EXPECT_NEAR(result.statistic, 7.388888888888889, 1e-12);
  EXPECT_NEAR(result.p_value, 0.11670981158123983, 1e-12);  // chi2_contingency.
}

TEST(ChiSquaredHomogeneityTest, ACategoryThatNobodyHasDoesNotCount) {
  const TestResult result = ChiSquaredHomogeneity({1, 0, 9}, {4, 0, 6});
  EXPECT_NEAR(result.statistic, 2.4, 1e-12);
  EXPECT_NEAR(result.p_value, 0.12133525035848212, 1e-12);
}

TEST(HypothesesTest, AnEmptySampleTellsNothing) {
  EXPECT_EQ(KolmogorovSmirnov({0, 0}, {1, 2}).p_value, 1);
  EXPECT_EQ(ChiSquaredHomogeneity({1, 2}, {0, 0}).p_value, 1);
}

TEST(AdjustForFalseDiscoveriesTest, RaisesEachToTheRateAtWhichItIsStillFound) {
  const std::vector<double> adjusted = AdjustForFalseDiscoveries({0.01, 0.04, 0.03, 0.5, 0.005, 0.9});
  const double expected[] = {0.03, 0.06, 0.06, 0.6, 0.03, 0.9};
  ASSERT_EQ(adjusted.size(), 6u);
  for (int i = 0; i < 6; ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-15) << i;
  EXPECT_TRUE(AdjustForFalseDiscoveries({}).empty());
}

}  // namespace
}  // namespace clientele::statistics
