#include "common/model/bin_counts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "tests/common/model/instruction_sets.h"

namespace clientele::model {
namespace {

using testutil::ForEachInstructionSet;

std::vector<int64_t> OneByOne(const std::vector<float>& values, const std::vector<float>& edges) {
  std::vector<int64_t> counts(edges.size() - 1, 0);
  for (const float value : values) {
    const auto above = std::upper_bound(edges.begin(), edges.end(), value) - edges.begin();
    ++counts[std::clamp<int64_t>(above - 1, 0, static_cast<int64_t>(counts.size()) - 1)];
  }
  return counts;
}

TEST(CountInBinsTest, AValueOnAnEdgeIsInTheBinAboveAndWhatLiesOutsideInTheOutermost) {
  EXPECT_EQ(CountInBins({-5, 0, 0.5, 1, 1, 2, 3, 9}, {0, 1, 2, 3}), (std::vector<int64_t>{3, 2, 3}));
  EXPECT_EQ(CountInBins({-1, 7}, {0, 1}), (std::vector<int64_t>{2}));
  EXPECT_EQ(CountInBins({}, {0, 1, 2}), (std::vector<int64_t>{0, 0}));
}

TEST(CountInBinsTest, AgreesWithASearchForEachValueOnEveryInstructionSet) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (const size_t n : {1u, 15u, 17u, 4096u, 10'001u}) {
    std::vector<float> values(n);
    for (float& value : values) value = std::round(8 * normal(random)) / 8;  // Many lie on edges.
    values[0] = -std::numeric_limits<float>::infinity();
    values[n / 2] = std::numeric_limits<float>::infinity();
    std::vector<float> edges;
    for (float edge = -2; edge <= 2; edge += 0.25f) edges.push_back(edge);
    ForEachInstructionSet([&] { EXPECT_EQ(CountInBins(values, edges), OneByOne(values, edges)) << n; });
  }
}

}  // namespace
}  // namespace clientele::model
