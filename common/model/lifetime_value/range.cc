#include "common/model/lifetime_value/range.h"

#include <algorithm>
#include <cmath>

#include "common/model/portable_math.h"

namespace clientele::model {
namespace {

// Where the data tell nothing of a number, its interval is wide but still one of numbers.
constexpr double kWidestLog = 200;

double HalfWidth(double variance, double scale, double deviate) {
  const double width = deviate * std::sqrt(std::max(variance, 0.0)) / scale;
  return width <= kWidestLog ? width : kWidestLog;  // NaN too.
}

// P(|Z| <= z) = 2 phi(z) (z + z^3 / 3 + z^5 / 15 + ...): every term is positive.
double CoverageOf(double z) {
  double term = z, sum = z;
  for (int odd = 3; term > sum * 1e-17; odd += 2) {
    term *= z * z / odd;
    sum += term;
  }
  constexpr double kInverseRootTwoPi = 0.39894228040143267794;
  return 2 * kInverseRootTwoPi * Exp(-z * z / 2) * sum;
}

}  // namespace

double NormalDeviate(double coverage) {
  double low = 0, high = 8;
  for (int halving = 0; halving < 60; ++halving) {
    const double middle = (low + high) / 2;
    (CoverageOf(middle) < coverage ? low : high) = middle;
  }
  return (low + high) / 2;
}

Range PositiveRange(double value, double variance, double deviate) {
  if (!(value > 0)) return {value, value, value};
  const double factor = Exp(HalfWidth(variance, value, deviate));
  return {value, value / factor, value * factor};
}

Range ProbabilityRange(double probability, double variance, double deviate) {
  const double rest = 1 - probability;
  if (!(probability > 0 && rest > 0)) return {probability, probability, probability};
  const double factor = Exp(HalfWidth(variance, probability * rest, deviate));
  return {probability, probability / (probability + rest * factor), probability / (probability + rest / factor)};
}

}  // namespace clientele::model
