#include "services/training/learners/kmeans/row_moments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tests/common/model/instruction_sets.h"

namespace clientele::training {
namespace {

using testutil::ForEachInstructionSet;

// The same bits, for every column is summed in row order.
TEST(AddMomentsTest, AddsWhatOneRowAfterAnotherAddsOnEveryInstructionSet) {
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  for (const int d : {1, 3, 8, 16, 21}) {
    const int n = 50;
    std::vector<float> rows(2 * n * d), shift(d);  // What lies behind the rows must not count.
    for (float& value : rows) value = static_cast<float>(normal(random));
    for (float& value : shift) value = static_cast<float>(normal(random));
    std::vector<double> weights(n);
    for (double& weight : weights) weight = std::abs(normal(random));
    for (const bool weighted : {false, true}) {
      std::vector<double> sums(d, 1), squares(d, 2), largest(d, 0.5);
      for (int i = 0; i < n; ++i) {
        for (int j = 0; j < d; ++j) {
          const double x = double{rows[i * d + j]} - double{shift[j]}, wx = weighted ? weights[i] * x : x;
          sums[j] += wx;
          squares[j] += wx * x;
          largest[j] = std::max(largest[j], std::abs(wx));
        }
      }
      ForEachInstructionSet([&] {
        std::vector<double> s(d, 1), q(d, 2), l(d, 0.5);
        const double* const given = weighted ? weights.data() : nullptr;
        AddMoments(rows.data(), n, d, given, shift.data(), {s.data(), q.data(), l.data()});
        EXPECT_EQ(s, sums) << d << weighted;
        EXPECT_EQ(q, squares) << d << weighted;
        EXPECT_EQ(l, largest) << d << weighted;
      });
    }
  }
}

}  // namespace
}  // namespace clientele::training
