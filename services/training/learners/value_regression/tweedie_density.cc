#include "services/training/learners/value_regression/tweedie_density.h"

#include <algorithm>
#include <cmath>

namespace clientele::training {
namespace {

constexpr double kHalfLogTwoPi = 0.91893853320467274178;
// exp of it is what one term must have of the largest to count.
constexpr double kNegligible = -37;
constexpr double kManyAmounts = 300;
// Terms fall from the largest as a normal density of deviation sqrt(j / (1 + a)) or less: none from here on counts.
constexpr int kTerms = 512;

}  // namespace

double LogGamma(double x) {
  double product = 1;
  for (; x < 12; x += 1) product *= x;
  // Stirling's series.
  const double inverse = 1 / x, square = inverse * inverse;
  const double series =
      inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square / 1188))));
  return (x - 0.5) * std::log(x) - x + kHalfLogTwoPi + series - std::log(product);
}

// With a = shape_, a term is W_j = z^j / (j! Gamma(a j)), log z = a log value - a log(p - 1) - (1 + a) log dispersion
// - log(2 - p).
TweedieDensity::TweedieDensity(double power, double dispersion)
    : power_(power),
      dispersion_(dispersion),
      shape_((2 - power) / (power - 1)),
      constant_(-shape_ * std::log(power - 1) - (1 + shape_) * std::log(dispersion) - std::log(2 - power)),
      log_gammas_(kTerms) {
  for (int j = 1; j < kTerms; ++j) log_gammas_[j] = LogGamma(j + 1) + LogGamma(shape_ * j);
}

double TweedieDensity::LogTerm(int j, double log_value) const {
  return j * (constant_ + shape_ * log_value) - log_gammas_[j];
}

double TweedieDensity::LogAtOwnMean(double value) const {
  const double log_value = std::log(value);
  const double amounts = std::pow(value, 2 - power_) / (dispersion_ * (2 - power_));
  if (amounts > kManyAmounts) return -kHalfLogTwoPi - (std::log(dispersion_) + power_ * log_value) / 2;
  const int middle = std::max(1, static_cast<int>(std::lround(amounts)));
  const double largest = LogTerm(middle, log_value);
  double sum = 1;  // In units of the middle term.
  for (const int step : {1, -1}) {
    double before = 0;
    for (int j = middle + step; j >= 1 && j < kTerms; j += step) {
      const double term = LogTerm(j, log_value) - largest;
      sum += std::exp(term);
      // Terms fall on either side of the largest, which is in the middle or beside it.
      if (term < before && term < kNegligible) break;
      before = term;
    }
  }
  return largest + std::log(sum) - log_value + Exponent(value, value);
}

double TweedieDensity::Exponent(double value, double mean) const {
  const double theta = std::pow(mean, 1 - power_) / (1 - power_), kappa = std::pow(mean, 2 - power_) / (2 - power_);
  return (value * theta - kappa) / dispersion_;
}

double TweedieDensity::Log(double value, double mean) const {
  if (value == 0) return Exponent(0, mean);
  return LogAtOwnMean(value) - Exponent(value, value) + Exponent(value, mean);
}

}  // namespace clientele::training
