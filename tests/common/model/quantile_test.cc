#include "common/model/quantile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace clientele::model {
namespace {

// Values of R's quantile(c(1, 3, 4, 10), type = 7).
TEST(QuantileTest, IsLinearBetweenOrderStatistics) {
  std::vector<double> values = {10, 1, 4, 3};
  EXPECT_DOUBLE_EQ(Quantile(values, 0), 1);
  EXPECT_DOUBLE_EQ(Quantile(values, 0.25), 2.5);
  EXPECT_DOUBLE_EQ(Quantile(values, 0.5), 3.5);
  EXPECT_DOUBLE_EQ(Quantile(values, 0.9), 8.2);
  EXPECT_DOUBLE_EQ(Quantile(values, 1), 10);
}

TEST(QuantileTest, OfOneValueIsTheValue) {
  std::vector<float> values = {7};
  EXPECT_EQ(Quantile(values, 0), 7);
  EXPECT_EQ(Quantile(values, 0.3), 7);
  EXPECT_EQ(Quantile(values, 1), 7);
}

TEST(QuantileTest, SortedAndUnsortedAgree) {
  std::vector<double> values;
  for (int i = 0; i < 101; ++i) values.push_back((i * 37) % 101 * 0.7);
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  for (double q = 0; q <= 1; q += 0.013) EXPECT_EQ(Quantile(values, q), SortedQuantile(sorted, q)) << q;
}

}  // namespace
}  // namespace clientele::model
