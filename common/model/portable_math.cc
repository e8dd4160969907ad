#include "common/model/portable_math.h"

#include <cmath>
#include <limits>

#include "common/model/portable_math_constants.h"

namespace clientele::model {

using namespace portable_math;  // Its constants.

namespace {

// log(1 + f) + exponent * ln 2, for f in [sqrt(1/2) - 1, sqrt(2) - 1]: log(1 + f) = f - f^2/2 + s (f^2/2 + R), where
// s = f / (2 + f) and R = s^2 (2/3 + s^2 (2/5 + ...)).
double LogOfReduced(double f, int exponent) {
  const double s = f / (2 + f);
  const double z = s * s;
  double series = 0;
  for (int term = kLogTerms; term >= 1; --term) series = z * (2.0 / (2 * term + 1) + series);
  const double half_square = 0.5 * f * f;
  if (exponent == 0) return f - (half_square - s * (half_square + series));
  const double e = exponent;
  return e * kLn2High - ((half_square - (s * (half_square + series) + e * kLn2Low)) - f);
}

}  // namespace

double Exp(double x) {
  if (std::isnan(x)) return x;
  if (x > kOverflow) return std::numeric_limits<double>::infinity();
  if (x < kUnderflow) return 0;
  const double k = std::floor(x * kLog2E + 0.5);
  const double r = (x - k * kLn2High) - k * kLn2Low;  // |r| <= ln 2 / 2.
  double series = 0;  // 1/2 + r/6 + r^2/24 + ...
  for (int n = kExpTerms; n >= 2; --n) series = series * r + kInverseFactorials[n];
  return std::ldexp(1 + (r + r * r * series), static_cast<int>(k));
}

double Log(double x) {
  if (std::isnan(x) || x < 0) return std::numeric_limits<double>::quiet_NaN();
  if (x == 0) return -std::numeric_limits<double>::infinity();
  if (x == std::numeric_limits<double>::infinity()) return x;
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);  // In [1/2, 1).
  if (mantissa < kSqrtHalf) {
    mantissa *= 2;
    --exponent;
  }
  return LogOfReduced(mantissa - 1, exponent);
}

double Log1p(double x) {
  if (std::isnan(x) || x == std::numeric_limits<double>::infinity()) return x;
  if (x > kLeastReduced && x < kMostReduced) return LogOfReduced(x, 0);
  const double u = 1 + x;
  const double lost = x >= 1 ? 1 - (u - x) : x - (u - 1);  // What the sum rounded away.
  return Log(u) + lost / u;
}

double Sigmoid(double x) {
  if (x >= 0) return 1 / (1 + Exp(-x));
  const double e = Exp(x);
  return e / (1 + e);
}

}  // namespace clientele::model
