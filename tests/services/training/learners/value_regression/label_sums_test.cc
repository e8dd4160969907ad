#include "services/training/learners/value_regression/label_sums.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace clientele::training {
namespace {

using ::testing::DoubleNear;

LabelSums OneByOne(const std::vector<double>& labels, const std::vector<double>& weights) {
  LabelSums sums;
  for (size_t i = 0; i < labels.size(); ++i) {
    const double weight = weights.empty() ? 1 : weights[i];
    if (weight == 0) continue;
    sums.rows += 1;
    sums.negative += labels[i] < 0;
    sums.zero += labels[i] == 0;
    sums.below -= std::min(labels[i], 0.0);
    sums.above += std::max(labels[i], 0.0);
    sums.weight += weight;
    sums.positive_weight += labels[i] > 0 ? weight : 0;
    sums.total += weight * labels[i];
    sums.size += weight * std::abs(labels[i]);
  }
  return sums;
}

void ExpectSame(const LabelSums& sums, const LabelSums& expected) {
  EXPECT_EQ(sums.rows, expected.rows);
  EXPECT_EQ(sums.negative, expected.negative);
  EXPECT_EQ(sums.zero, expected.zero);
  const auto near = [](double value) { return DoubleNear(value, 1e-12 * (1 + std::abs(value))); };
  EXPECT_THAT(sums.below, near(expected.below));
  EXPECT_THAT(sums.above, near(expected.above));
  EXPECT_THAT(sums.weight, near(expected.weight));
  EXPECT_THAT(sums.positive_weight, near(expected.positive_weight));
  EXPECT_THAT(sums.total, near(expected.total));
  EXPECT_THAT(sums.size, near(expected.size));
}

// Of every length up to some vectors, whatever the processor's are, and of more rows than a mask's byte can count.
TEST(LabelSumsTest, AreThoseOfRowsOneByOne) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> tenths(-20, 40), weight(0, 3);
  std::vector<double> labels, weights;
  for (int rows = 0; rows < 1000; ++rows) {
    SCOPED_TRACE(rows);
    ExpectSame(SumLabels(labels.data(), nullptr, rows), OneByOne(labels, {}));
    ExpectSame(SumLabels(labels.data(), weights.data(), rows), OneByOne(labels, weights));
    labels.push_back(tenths(random) / 10.0);
    weights.push_back(weight(random));
  }
}

}  // namespace
}  // namespace clientele::training
