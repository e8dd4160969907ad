#include "common/model/btyd/dual.h"

#include <gtest/gtest.h>

#include <cmath>

namespace clientele::btyd {
namespace {

// Everything a Dual can do, of two variables.
template <typename T>
T Everything(const T& u, const T& v) {
  return (2 * Exp(-u) + Log(v) * Log1p(u)) / (1 + v) - Power(u, v) + LogGamma(u + v) * Digamma(v) - Expm1(u * v) +
         LogGammaRise(u, v) * DigammaRise(v, u) + LogBeta(u, v) - 3;
}

TEST(DualTest, SlopesAreThoseOfCentralDifferences) {
  const double u = 0.7, v = 1.9, h = 1e-5;
  const auto result = Everything(Dual<2>::Parameter(u, 0), Dual<2>::Parameter(v, 1));
  EXPECT_DOUBLE_EQ(result.value, Everything(u, v));
  const double by_u = (Everything(u * std::exp(h), v) - Everything(u * std::exp(-h), v)) / (2 * h);
  const double by_v = (Everything(u, v * std::exp(h)) - Everything(u, v * std::exp(-h))) / (2 * h);
  EXPECT_NEAR(result.slopes[0], by_u, 1e-8 * std::abs(by_u));
  EXPECT_NEAR(result.slopes[1], by_v, 1e-8 * std::abs(by_v));
}

TEST(DualTest, ADualOfDualsHasSecondDerivatives) {
  using Inner = Dual<1>;
  const double x = 2.5;
  Inner at = Inner::Parameter(x, 0);  // Slope with regard to log x.
  const auto result = LogGamma(Dual<1, Inner>::Parameter(at, 0));
  EXPECT_DOUBLE_EQ(result.slopes[0].value, x * Digamma(x));
  EXPECT_DOUBLE_EQ(result.slopes[0].slopes[0], x * Digamma(x) + x * x * Trigamma(x));
}

}  // namespace
}  // namespace clientele::btyd
