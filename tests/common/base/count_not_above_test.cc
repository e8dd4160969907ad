#include "common/base/count_not_above.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace clientele {
namespace {

TEST(CountNotAboveTest, IsWhereAnUpperBoundIs) {
  for (int size = 0; size <= 40; ++size) {
    std::vector<double> edges;
    for (int i = 0; i < size; ++i) edges.push_back(i / 3);  // Each thrice.
    for (double value = -1; value <= size; value += 0.25) {
      EXPECT_EQ(CountNotAbove<double>(edges, value),
                std::upper_bound(edges.begin(), edges.end(), value) - edges.begin())
          << size << " edges, " << value;
    }
    EXPECT_EQ(CountNotAbove<double>(edges, std::numeric_limits<double>::infinity()), edges.size());
  }
}

}  // namespace
}  // namespace clientele
