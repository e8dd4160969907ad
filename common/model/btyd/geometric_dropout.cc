#include "common/model/btyd/geometric_dropout.h"

#include <algorithm>
#include <cmath>

namespace clientele::btyd {
namespace {

constexpr double kNegligible = 1e-17;
constexpr double kLogTwo = 0.69314718055994530942;
constexpr double kLongestSum = 2000;

// How many terms the sum takes: to ten deviations beyond the mean of the negative binomial, and its geometric tail.
double SumLength(double shape, double tau) {
  return shape * tau + 10 * std::sqrt(shape * tau * (1 + tau)) + 40 * (1 + tau);
}

Estimate ToEstimate(const Dual<4>& x) { return {x.value, x.slopes}; }

}  // namespace

// K, purchases had there been no drop-out, is negative binomial; of K the customer makes m_0 + ... + m_(K-1), m_j the
// probability of surviving j chances. Dividing by the sum of the weights instead of multiplying by (1 - z)^shape keeps
// both from underflow and the digits of a large shape.
template <typename T>
T PurchasesUnderDropoutBySum(const T& shape, const T& rate, const T& a, const T& b, double time) {
  constexpr double kRescale = 1e-200;
  const T z = time / (rate + time);
  T weight = 1, weights = 1, survival = 1, made = 0, total = 0;
  for (int k = 0;; ++k) {
    weight *= (shape + k) / (k + 1.0) * z;
    made += survival;
    survival *= (b + k) / (a + b + k);
    weights += weight;
    total += weight * made;
    const double ratio = std::max(ValueOf(z), ValueOf(z) * (ValueOf(shape) + k + 1) / (k + 2));
    if (ratio < 1 && ValueOf(weight) * (k + 2) <= kNegligible * (1 - ratio) * ValueOf(weights)) break;
    if (ValueOf(weights) > 1 / kRescale) {
      weight *= kRescale;
      weights *= kRescale;
      total *= kRescale;
    }
  }
  return total / weights;
}

// Over u = logit p by the trapezoidal rule, which for functions analytic around the line converges geometrically. What
// is left for it is f(p) - f(0) (1 - p)^m, not below 0 and of second order at p = 0, so that a small `a` makes no long
// tail; the mean of (1 - p)^m is known. Beyond u = 40 p is 1, and the rest is a geometric series.
template <typename T>
T PurchasesUnderDropoutByIntegral(const T& shape, const T& rate, const T& a, const T& b, double time) {
  constexpr double kEnd = 40;
  const T tau = time / rate;
  const T power = (shape + 1) * tau * 0.5;
  const T log_beta = LogBeta(a, b);
  const double deviation = std::sqrt(1 / ValueOf(a) + 1 / ValueOf(b));
  const double step = std::min(0.2, 0.5 * deviation);
  const double start = std::min(
      kEnd, std::max(-Log1p(2 * ValueOf(power)) - 22, Log(ValueOf(a) / ValueOf(b)) - 60 / ValueOf(a) - 14 * deviation));
  const auto term = [&](double u) -> T {
    const double log_p = -Log1p(Exp(-u)), log_q = u > 0 ? log_p - u : -Log1p(Exp(u));
    const double p = Exp(log_p);
    const T made = -Expm1(-(shape * Log1p(tau * p))) / p;
    return Exp(a * log_p + b * log_q - log_beta) * (made - shape * tau * Exp(power * log_q));
  };
  T integral = 0;
  double u = start;
  for (int i = 1; u < kEnd; u = start + step * i++) {
    const T here = term(u);
    integral += here;
    const bool falling = u > Log(ValueOf(a) / ValueOf(b)) && u > -Log1p(ValueOf(power));
    if (falling && std::abs(ValueOf(here)) <= kNegligible * step * std::abs(ValueOf(integral))) break;
  }
  if (u >= kEnd) integral += term(u) / -Expm1(-step * b);
  const T survival = Exp(LogGammaRise(b, a) - LogGammaRise(b + power, a));
  return shape * tau * survival + integral * step;
}

template <typename T>
T PurchasesUnderDropout(const T& shape, const T& rate, const T& a, const T& b, double time) {
  if (time <= 0) return 0;
  if (SumLength(ValueOf(shape), time / ValueOf(rate)) <= kLongestSum) {
    return PurchasesUnderDropoutBySum(shape, rate, a, b, time);
  }
  return PurchasesUnderDropoutByIntegral(shape, rate, a, b, time);
}

#define INSTANTIATE(T)                                                                      \
  template T PurchasesUnderDropout<T>(const T&, const T&, const T&, const T&, double);      \
  template T PurchasesUnderDropoutBySum<T>(const T&, const T&, const T&, const T&, double); \
  template T PurchasesUnderDropoutByIntegral<T>(const T&, const T&, const T&, const T&, double)
INSTANTIATE(double);
INSTANTIATE(Dual<4>);
#undef INSTANTIATE

GeometricDropoutModel::GeometricDropoutModel(absl::Span<const double> parameters, int first_chances)
    : r_(Number::Parameter(parameters[0], 0)),
      alpha_(Number::Parameter(parameters[1], 1)),
      a_(Number::Parameter(parameters[2], 2)),
      b_(Number::Parameter(parameters[3], 3)),
      first_chances_(first_chances) {}

absl::Span<const absl::string_view> GeometricDropoutModel::parameter_names() const {
  static constexpr std::array<absl::string_view, 4> kNames = {"r", "alpha", "a", "b"};
  return kNames;
}

// 1 / (1 + odds), odds = a / (b + chances - 1) ((alpha + T) / (alpha + t_x))^(r + x) of having stopped at the last
// purchase.
Estimate GeometricDropoutModel::ProbabilityAlive(const PurchaseHistory& history) const {
  const double chances = history.frequency + first_chances_;
  if (chances <= 0) return {.value = 1};
  const double quiet = std::max(0.0, history.age - history.recency);
  const Number log_odds = Log(a_ / (b_ + std::max(0.0, chances - 1))) + std::min(0.0, Log(chances)) +
                          (r_ + history.frequency) * Log1p(quiet / (alpha_ + history.recency));
  const double alive = model::Sigmoid(-log_odds.value);
  return ToEstimate(log_odds.Chain(alive, -alive * model::Sigmoid(log_odds.value)));
}

// Given that all chances were survived, p is Beta(a, b + chances).
Estimate GeometricDropoutModel::PurchasesIfAlive(const PurchaseHistory& history, double time) const {
  const double x = history.frequency;
  return ToEstimate(PurchasesUnderDropout<Number>(r_ + x, alpha_ + history.age, a_, b_ + (x + first_chances_), time));
}

double GeometricDropoutModel::PurchasesIfAliveValue(const PurchaseHistory& history, double time) const {
  const double x = history.frequency;
  const double stays = b_.value + (x + first_chances_);
  return PurchasesUnderDropout(r_.value + x, alpha_.value + history.age, a_.value, stays, time);
}

Estimate GeometricDropoutModel::ExpectedPurchases(double time) const {
  const Number survivors = first_chances_ > 0 ? b_ / (a_ + b_) : Number(1);
  return ToEstimate(survivors * PurchasesUnderDropout<Number>(r_, alpha_, a_, b_ + first_chances_, time));
}

// k purchases: K = k and still alive; or K >= k and stopped at the last one. K as above.
std::vector<double> GeometricDropoutModel::CountProbabilities(double time, int most) const {
  const double r = r_.value, a = a_.value, b = b_.value;
  std::vector<double> probabilities(most + 1);
  if (time <= 0) {
    probabilities[0] = 1;
    return probabilities;
  }
  const double log_quiet = -Log1p(time / alpha_.value), log_z = -Log1p(alpha_.value / time);
  double survival = 1, at_least = 1;  // Of the chances up to the k-th purchase; P(K >= k).
  for (int k = 0; k <= most; ++k) {
    const int chances = k + first_chances_;
    const double before = survival;
    if (chances > 0) survival *= (b + (chances - 1)) / (a + b + (chances - 1));
    const double exactly = Exp(LogGammaRise(r, k) - LogGamma(k + 1.0) + r * log_quiet + k * log_z);
    const double stopped = chances > 0 ? before * a / (a + b + (chances - 1)) : 0;
    probabilities[k] = survival * exactly + stopped * at_least;
    at_least = std::max(0.0, at_least - exactly);
  }
  return probabilities;
}

// A customer stops at purchases only, so the wait is that of the rate alone: ((alpha + T) / (alpha + T + wait))^(r +
// x).
Estimate GeometricDropoutModel::MedianTimeToNext(const PurchaseHistory& history) const {
  return ToEstimate((alpha_ + history.age) * Expm1(kLogTwo / (r_ + history.frequency)));
}

}  // namespace clientele::btyd
