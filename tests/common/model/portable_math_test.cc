#include "common/model/portable_math.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "common/base/hash.h"

namespace clientele::model {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// How many doubles lie between two of the same sign.
int64_t Ulps(double a, double b) { return std::abs(std::bit_cast<int64_t>(a) - std::bit_cast<int64_t>(b)); }

TEST(PortableMathTest, ExpIsWithinTwoUnitsOfTheLibrary) {
  for (double x = -700; x < 709; x += 0.0371) ASSERT_LE(Ulps(Exp(x), std::exp(x)), 2) << x;
  for (double x = 1e-300; x < 1; x *= 1.7) {
    ASSERT_LE(Ulps(Exp(x), std::exp(x)), 2) << x;
    ASSERT_LE(Ulps(Exp(-x), std::exp(-x)), 2) << x;
  }
}

TEST(PortableMathTest, Log1pIsWithinTwoUnitsOfTheLibrary) {
  for (double x = 1e-300; x < 1e300; x *= 1.013) ASSERT_LE(Ulps(Log1p(x), std::log1p(x)), 2) << x;
  for (double x = 0.0001; x < 1; x += 0.00037) ASSERT_LE(Ulps(Log1p(-x), std::log1p(-x)), 2) << -x;
}

TEST(PortableMathTest, EndsAreExact) {
  EXPECT_EQ(Exp(0), 1);
  EXPECT_EQ(Exp(kInfinity), kInfinity);
  EXPECT_EQ(Exp(-kInfinity), 0);
  EXPECT_EQ(Exp(1e300), kInfinity);
  EXPECT_GT(Exp(-745), 0);
  EXPECT_TRUE(std::isnan(Exp(std::nan(""))));
  EXPECT_EQ(Log1p(0), 0);
  EXPECT_EQ(Log1p(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(Log1p(std::nan(""))));
  EXPECT_EQ(Sigmoid(0), 0.5);
  EXPECT_EQ(Sigmoid(1000), 1);
  EXPECT_EQ(Sigmoid(-1000), 0);
  EXPECT_NEAR(Sigmoid(2) + Sigmoid(-2), 1, 1e-15);
}

// The bits themselves, over a grid: another compiler, flag or machine must find the same.
TEST(PortableMathTest, GivesTheSameBitsEverywhere) {
  Sha256 digest;
  for (int i = -2000; i <= 2000; ++i) {
    const double x = i * 0.171875;  // Exact.
    const double values[] = {Exp(x), Log1p(std::abs(x)), Sigmoid(x)};
    digest.Update({reinterpret_cast<const char*>(values), sizeof(values)});
  }
  EXPECT_EQ(digest.Hex(), "5c8318c6dddf89338bbea3d531719bd27beebce31b101c6a53412d88062b9fdb");
}

}  // namespace
}  // namespace clientele::model
