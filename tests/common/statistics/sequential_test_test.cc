#include "common/statistics/sequential_test.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace clientele::statistics {
namespace {

// How often, of `trials`, somebody who looks after every 20 rows up to 2,000 a sample sees a p-value below 5 %.
int Findings(int trials, double difference) {
  int findings = 0;
  for (int trial = 0; trial < trials; ++trial) {
    std::mt19937_64 random(trial);
    std::exponential_distribution<double> loss(1);  // Skewed, as losses are.
    std::vector<double> first, second;
    bool found = false;
    while (first.size() < 2'000 && !found) {
      for (int i = 0; i < 20; ++i) {
        first.push_back(loss(random) + difference);
        second.push_back(loss(random));
      }
      found = CompareMeans(first, second).p_value < 0.05;
    }
    findings += found ? 1 : 0;
  }
  return findings;
}

TEST(CompareMeansTest, LookingAllTheTimeFindsNothingWhereThereIsNothing) { EXPECT_LE(Findings(400, 0), 20); }

TEST(CompareMeansTest, FindsADifferenceOfATenthOfADeviationOrTwo) { EXPECT_GE(Findings(100, 0.2), 99); }

TEST(CompareMeansTest, TheIntervalLeavesOutZeroExactlyWhereThePValueIsBelowFivePerCent) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  int outside = 0;
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<double> first, second;
    for (int i = 0; i < 100; ++i) first.push_back(normal(random) + 0.65), second.push_back(normal(random));
    const SequentialComparison comparison = CompareMeans(first, second);
    EXPECT_LT(comparison.lower, comparison.difference);
    EXPECT_GT(comparison.upper, comparison.difference);
    const bool excludes_zero = comparison.lower > 0 || comparison.upper < 0;
    EXPECT_EQ(excludes_zero, comparison.p_value < 0.05);
    outside += excludes_zero ? 1 : 0;
  }
  EXPECT_GT(outside, 50);
  EXPECT_LT(outside, 200);
}

TEST(CompareMeansTest, SaysNothingOfAFewRowsOrOfRowsThatAreAllTheSame) {
  EXPECT_EQ(CompareMeans({}, {}).p_value, 1);
  EXPECT_EQ(CompareMeans(std::vector<double>(29, 1), std::vector<double>(100, 2)).p_value, 1);
  const SequentialComparison same = CompareMeans(std::vector<double>(50, 1), std::vector<double>(50, 2));
  EXPECT_EQ(same.p_value, 1);
  EXPECT_TRUE(std::isinf(same.upper));
}

}  // namespace
}  // namespace clientele::statistics
