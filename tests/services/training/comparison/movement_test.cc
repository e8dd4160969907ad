#include "services/training/comparison/movement.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace clientele::training {
namespace {

// 100 customers: the i-th scores i by the champion.
std::vector<double> Rising() {
  std::vector<double> scores;
  for (int i = 0; i < 100; ++i) scores.push_back(i);
  return scores;
}

TEST(MovementTest, NobodyMovesWhereTheOrderIsTheSame) {
  std::vector<double> other;
  for (const double score : Rising()) other.push_back(std::exp(score / 50));
  const auto movement = MovementOf(Rising(), other, Rising());
  EXPECT_EQ(movement.moved_share(), 0);
  EXPECT_EQ(movement.value_moved_up(), 0);
  EXPECT_DOUBLE_EQ(movement.rank_correlation(), 1);
  ASSERT_EQ(movement.moves_size(), 100);
  for (int tenth = 0; tenth < 10; ++tenth) EXPECT_EQ(movement.moves(tenth * 11), 10);
}

TEST(MovementTest, CountsWhoGoesWhereAndWhatTheyAreWorth) {
  std::vector<double> scores = Rising(), values(100, 0.0);
  scores[5] = 200;  // From the last tenth to the first; the lowest of each tenth falls into the next.
  values[5] = 1'000;
  values[10] = 7;  // The lowest of the ninth tenth falls into the last.
  const auto movement = MovementOf(Rising(), scores, values);
  EXPECT_DOUBLE_EQ(movement.moved_share(), 0.10);
  EXPECT_DOUBLE_EQ(movement.far_moved_share(), 0.01);
  EXPECT_EQ(movement.moves(9 * 10 + 0), 1);
  EXPECT_EQ(movement.moves(8 * 10 + 9), 1);
  EXPECT_EQ(movement.moves(0 * 10 + 1), 1);
  EXPECT_EQ(movement.value_moved_up(), 1'000);
  EXPECT_EQ(movement.value_moved_down(), 7);
}

TEST(MovementTest, DecisionsAreEachModelsOwn) {
  EXPECT_DOUBLE_EQ(DecisionChangedShare({0.1, 0.6, 0.4, 0.9}, 0.5, {0.1, 0.6, 0.4, 0.9}, 0.3), 0.25);
  EXPECT_DOUBLE_EQ(DecisionChangedShare({0.1, 0.6}, 0.5, {0.5, 0.6}, 0.5), 0.5);
}

}  // namespace
}  // namespace clientele::training
