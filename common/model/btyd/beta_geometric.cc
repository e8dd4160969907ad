#include "common/model/btyd/beta_geometric.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace clientele::btyd {
namespace {

constexpr double kLogTwo = 0.69314718055994530942;
constexpr double kMostPeriods = 0x1p40;

Estimate ToEstimate(const Dual<2>& x) { return {x.value, {x.slopes[0], x.slopes[1], 0, 0}}; }

}  // namespace

BetaGeometric::BetaGeometric(absl::Span<const double> parameters)
    : alpha_(Number::Parameter(parameters[0], 0)), beta_(Number::Parameter(parameters[1], 1)) {}

absl::Span<const absl::string_view> BetaGeometric::parameter_names() {
  static constexpr std::array<absl::string_view, 2> kNames = {"alpha", "beta"};
  return kNames;
}

double BetaGeometric::LogSurvival(double survived, double periods) const {
  return LogBetaSurvival(alpha_.value, beta_.value + survived, periods);
}

Estimate BetaGeometric::Survival(double periods) const { return Survival(0, periods); }

Estimate BetaGeometric::Survival(double survived, double periods) const {
  return ToEstimate(Exp(LogBetaSurvival<Number>(alpha_, beta_ + survived, periods)));
}

Estimate BetaGeometric::RetentionRate(double survived) const {
  return ToEstimate((beta_ + survived) / (alpha_ + beta_ + survived));
}

double BetaGeometric::MedianResidualLifetime(double survived) const {
  double below = 0, above = 1;  // More than half are there after `below`.
  while (above < kMostPeriods && LogSurvival(survived, above) > -kLogTwo) {
    below = above;
    above *= 2;
  }
  while (above - below > 1) {
    const double middle = std::floor(0.5 * (below + above));
    (LogSurvival(survived, middle) > -kLogTwo ? below : above) = middle;
  }
  return above;
}

Estimate BetaGeometric::ExpectedResidualLifetime(double survived) const {
  if (alpha_.value <= 1) return {.value = std::numeric_limits<double>::infinity()};
  return ToEstimate((beta_ + survived) / (alpha_ - 1));
}

// The mean of (1 - theta) / (1 - (1 - theta) / (1 + discount)) over Beta(alpha, beta + survived), by the trapezoidal
// rule over u = logit theta. The integrand is analytic in a strip of pi on either side of the line, for which the rule
// converges geometrically, and its logarithm is concave: sums go outwards until nothing is left.
Estimate BetaGeometric::DiscountedResidualLifetime(double survived, double discount) const {
  constexpr double kNegligible = 1e-18;
  const Number beta = beta_ + survived;
  const double lost = discount / (1 + discount);
  const Number log_beta = LogBeta(alpha_, beta);
  const double deviation = std::sqrt(1 / alpha_.value + 1 / beta.value);
  const double step = std::min(0.4, 0.5 * deviation), start = Log(alpha_.value / beta.value);
  const auto term = [&](double u) {
    const double log_theta = -Log1p(Exp(-u)), log_rest = -Log1p(Exp(u));
    return Exp(alpha_ * log_theta + beta * log_rest - log_beta) / (Exp(u) + lost);
  };
  Number sum = 0;
  for (const double direction : {1.0, -1.0}) {
    double last = 0;
    for (int i = direction > 0 ? 0 : 1;; ++i) {
      const Number here = term(start + direction * step * i);
      sum += here;
      const double fall = here.value / last;  // Beyond, at most this fast a geometric series.
      if (fall < 1 && here.value <= kNegligible * (1 - fall) * sum.value) break;
      if (here.value == 0 && i > 0) break;
      last = here.value;
    }
  }
  return ToEstimate(sum * step);
}

}  // namespace clientele::btyd
