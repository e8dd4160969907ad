#include "services/training/evaluation/lifetime_value/incomplete_beta.h"

#include <cmath>

#include "common/model/btyd/special_functions.h"

namespace clientele::training {
namespace {

constexpr int kMostTerms = 2000;
constexpr double kTolerance = 1e-14;
constexpr double kTiny = 1e-300;  // Instead of a denominator of 0 (Lentz's method).

double AwayFromZero(double x) { return std::abs(x) < kTiny ? kTiny : x; }

// 1 / (1 + d1 / (1 + d2 / (1 + ...))), where d_2m = m (b - m) x / ((a + 2m - 1)(a + 2m)) and
// d_2m+1 = -(a + m)(a + b + m) x / ((a + 2m)(a + 2m + 1)).
double ContinuedFraction(double x, double a, double b) {
  double numerator = 1, denominator = 1 / AwayFromZero(1 - (a + b) * x / (a + 1));
  double fraction = denominator;
  for (int m = 1; m <= kMostTerms; ++m) {
    double factor = 1;
    const double terms[] = {m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))};
    for (const double term : terms) {
      denominator = 1 / AwayFromZero(1 + term * denominator);
      numerator = AwayFromZero(1 + term / numerator);
      factor = denominator * numerator;
      fraction *= factor;
    }
    if (std::abs(factor - 1) < kTolerance) break;
  }
  return fraction;
}

}  // namespace

double IncompleteBeta(double x, double a, double b) {
  if (!(x > 0)) return 0;
  if (!(x < 1)) return 1;
  const double front = clientele::btyd::Exp(a * clientele::btyd::Log(x) + b * clientele::btyd::Log1p(-x) -
                                            clientele::btyd::LogBeta(a, b));
  if (x < (a + 1) / (a + b + 2)) return front * ContinuedFraction(x, a, b) / a;
  return 1 - front * ContinuedFraction(1 - x, b, a) / b;
}

}  // namespace clientele::training
