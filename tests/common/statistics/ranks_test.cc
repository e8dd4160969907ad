#include "common/statistics/ranks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

namespace clientele::statistics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(OrderByScoreTest, IsFallingAndKeepsTheOrderOfEqualScores) {
  EXPECT_THAT(OrderByScore({1, 3, -2, 3, 0, kInfinity, -kInfinity}), ElementsAre(5, 1, 3, 0, 4, 2, 6));
  EXPECT_THAT(OrderByScore({0.0, -0.0, 0.0}), ElementsAre(0, 1, 2));
  EXPECT_THAT(OrderByScore({7}), ElementsAre(0));
  EXPECT_THAT(OrderByScore({}), IsEmpty());
}

TEST(MeanRanksTest, EqualScoresShareTheMeanOfTheirRanks) {
  EXPECT_THAT(MeanRanks({1, 3, -2, 3, 0}), ElementsAre(3, 4.5, 1, 4.5, 2));
  EXPECT_THAT(MeanRanks({0.0, -0.0, 1}), ElementsAre(1.5, 1.5, 3));
  EXPECT_THAT(MeanRanks({}), IsEmpty());
}

TEST(OrderByScoreTest, AgreesWithAStableSortWhateverTheNumberOfRowsAndOfTies) {
  std::mt19937 random(11);
  for (const int n : {2, 17, 1000, 50'000}) {
    for (const int distinct : {1, 5, 1'000'000}) {
      std::uniform_int_distribution<int> pick(-distinct, distinct);
      std::vector<double> scores(n);
      for (double& score : scores) score = pick(random) / 7.0;
      std::vector<int64_t> expected(n);
      std::iota(expected.begin(), expected.end(), 0);
      std::stable_sort(expected.begin(), expected.end(), [&](int64_t a, int64_t b) { return scores[a] > scores[b]; });
      EXPECT_EQ(OrderByScore(scores), expected) << n << " " << distinct;
      const std::vector<double> ranks = MeanRanks(scores);
      for (int i = 1; i < n; ++i) {
        ASSERT_EQ(ranks[expected[i - 1]] == ranks[expected[i]], scores[expected[i - 1]] == scores[expected[i]]);
        ASSERT_GE(ranks[expected[i - 1]], ranks[expected[i]]);
      }
      EXPECT_EQ(std::accumulate(ranks.begin(), ranks.end(), 0.0), n * (n + 1.0) / 2);
    }
  }
}

}  // namespace
}  // namespace clientele::statistics
