#include "common/base/ordered_bits.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace clientele {
namespace {

template <typename T>
void ExpectOrder() {
  using Limits = std::numeric_limits<T>;
  const std::vector<T> rising = {-Limits::quiet_NaN(), -Limits::infinity(), Limits::lowest(), -1, -Limits::min(),
                                 -Limits::denorm_min(), T{-0.0}, T{0}, Limits::denorm_min(), T{0.5}, 1,
                                 Limits::max(), Limits::infinity(), Limits::quiet_NaN()};
  for (size_t i = 0; i < rising.size(); ++i) {
    EXPECT_EQ(std::bit_cast<OrderedBits<T>>(FromOrderedBits<T>(ToOrderedBits(rising[i]))),
              std::bit_cast<OrderedBits<T>>(rising[i]));
  }
  for (size_t i = 1; i < rising.size(); ++i) EXPECT_LT(ToOrderedBits(rising[i - 1]), ToOrderedBits(rising[i])) << i;
}

TEST(OrderedBitsTest, RiseWithTheNumbersAndComeBack) {
  ExpectOrder<float>();
  ExpectOrder<double>();
}

}  // namespace
}  // namespace clientele
