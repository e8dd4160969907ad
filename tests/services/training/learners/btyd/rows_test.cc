#include "services/training/learners/btyd/rows.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <tuple>

namespace clientele::training::btyd {
namespace {

using ::testing::ElementsAre;

TEST(CollapseRowsTest, EqualRowsAreOneWithTheirWeightsAdded) {
  const std::vector<double> x = {2, 0, 2, 0, 1, 2}, t_x = {3, 0, 3, 0, 5, 1}, age = {9, 4, 9, 3, 6, 9};
  const std::vector<double> weights = {1, 2, 0.5, 1, 0, 4};
  const CollapsedRows rows = CollapseRows({x, t_x, age}, weights, 1);
  EXPECT_THAT(rows.first, ElementsAre(0, 0, 2, 2));
  EXPECT_THAT(rows.second, ElementsAre(0, 0, 1, 3));
  EXPECT_THAT(rows.third, ElementsAre(3, 4, 9, 9));
  EXPECT_THAT(rows.weights, ElementsAre(1, 2, 4, 1.5));
}

TEST(CollapseRowsTest, CountsMayBeLargeOrNoneAndAThirdNumberIsNotNeeded) {
  const std::vector<double> x = {1e9, 0.5, 70000, 0.25, 70000}, spend = {1, 2, 3, 4, 3}, ones(5, 1.0);
  const CollapsedRows rows = CollapseRows({x, spend, {}}, ones, 1);
  EXPECT_THAT(rows.first, ElementsAre(0.25, 0.5, 70000, 1e9));
  EXPECT_THAT(rows.weights, ElementsAre(1, 1, 2, 1));
  EXPECT_TRUE(rows.third.empty());
}

TEST(CollapseRowsTest, ThreadsDoNotChangeABit) {
  std::vector<double> x, t_x, age, weights;
  uint64_t state = 1;
  const auto next = [&](int below) {
    return static_cast<double>((state = state * 6364136223846793005u + 1) >> 33) / (1u << 31) * below;
  };
  for (int i = 0; i < 20000; ++i) {
    x.push_back(static_cast<int>(next(4)));
    t_x.push_back(static_cast<int>(next(40)) / 7.0);
    age.push_back(i % 3 == 0 ? next(30) : static_cast<int>(next(30)) / 7.0);
    weights.push_back(next(1));
  }
  const CollapsedRows one = CollapseRows({x, t_x, age}, weights, 1), four = CollapseRows({x, t_x, age}, weights, 4);
  EXPECT_EQ(one.first, four.first);
  EXPECT_EQ(one.third, four.third);
  EXPECT_EQ(one.weights, four.weights);
  for (size_t i = 1; i < one.first.size(); ++i) {
    EXPECT_LT(std::make_tuple(one.first[i - 1], one.second[i - 1], one.third[i - 1]),
              std::make_tuple(one.first[i], one.second[i], one.third[i]));
  }
}

TEST(CollapseRowsTest, NoRowsAreNoRows) { EXPECT_TRUE(CollapseRows({}, {}, 2).weights.empty()); }

}  // namespace
}  // namespace clientele::training::btyd
