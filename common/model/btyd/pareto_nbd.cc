#include "common/model/btyd/pareto_nbd.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "common/model/btyd/gauss_legendre.h"
#include "common/model/btyd/stopping_integral.h"

namespace clientele::btyd {
namespace {

constexpr double kLogTwo = 0.69314718055994530942;

Estimate ToEstimate(const Dual<4>& x) { return {x.value, x.slopes}; }

// (1 - exp(-z)) / z, also at z = 0.
Dual<1> MeanDecay(const Dual<1>& z) {
  if (std::abs(z.value) > 0.5) return -Expm1(-z) / z;
  constexpr int kTerms = 16;
  Dual<1> series = 1;  // 1 - z/2 (1 - z/3 (1 - ...)).
  for (int n = kTerms; n >= 2; --n) series = 1 - z * (1.0 / n) * series;
  return series;
}
// The same with one slope to carry instead of four.
Dual<4> MeanDecay(const Dual<4>& z) {
  const Dual<1> decay = MeanDecay(Dual<1>(z.value, {1}));
  return z.Chain(decay.value, decay.slopes[0]);
}

// Logarithm of StoppingIntegral, the slopes carried on to the parameters.
Dual<4> LogStoppingIntegral(const Dual<4>& shape, const Dual<4>& rate, const Dual<4>& s, const Dual<4>& scale,
                            double length) {
  const StoppingIntegral integral = IntegrateStopping(shape.value, rate.value, s.value, scale.value, length);
  Dual<4> result = Log(integral.value);
  for (int i = 0; i < 4; ++i) {
    result.slopes[i] = (integral.by_shape * shape.slopes[i] + integral.by_rate * rate.slopes[i] +
                        integral.by_s * s.slopes[i] + integral.by_scale * scale.slopes[i]) /
                       integral.value;
  }
  return result;
}

}  // namespace

ParetoNbd::ParetoNbd(absl::Span<const double> parameters)
    : r_(Number::Parameter(parameters[0], 0)),
      alpha_(Number::Parameter(parameters[1], 1)),
      s_(Number::Parameter(parameters[2], 2)),
      beta_(Number::Parameter(parameters[3], 3)) {}

absl::Span<const absl::string_view> ParetoNbd::parameter_names() const {
  static constexpr std::array<absl::string_view, 4> kNames = {"r", "alpha", "s", "beta"};
  return kNames;
}

// 1 / (1 + odds), odds = s I ((alpha + T) / (alpha + t_x))^(r + x) ((beta + T) / (beta + t_x))^s, I as in
// StoppingIntegral.
Estimate ParetoNbd::ProbabilityAlive(const PurchaseHistory& history) const {
  const double quiet = history.age - history.recency;
  if (quiet <= 0) return {.value = 1};
  const Number shape = r_ + history.frequency, rate = alpha_ + history.recency, scale = beta_ + history.recency;
  const Number log_odds = Log(s_) + LogStoppingIntegral(shape, rate, s_, scale, quiet) + shape * Log1p(quiet / rate) +
                          s_ * Log1p(quiet / scale);
  const double alive = model::Sigmoid(-log_odds.value);
  return ToEstimate(log_odds.Chain(alive, -alive * model::Sigmoid(log_odds.value)));
}

// The mean rate of one who is alive at T, (r + x) / (alpha + T), times the time they will live of `time`: the integral
// of (1 + v / (beta + T))^-s over it.
Estimate ParetoNbd::PurchasesIfAlive(const PurchaseHistory& history, double time) const {
  const Number scale = beta_ + history.age;
  const Number log_growth = Log1p(time / scale);
  const Number lifetime = scale * log_growth * MeanDecay((s_ - 1) * log_growth);
  return ToEstimate((r_ + history.frequency) / (alpha_ + history.age) * lifetime);
}

Estimate ParetoNbd::ExpectedPurchases(double time) const { return PurchasesIfAlive({}, time); }

// k purchases in u is negative binomial, u the time until they stopped, or all of it. The integral over u is in the
// variable of StoppingIntegral; the panels are short enough for peaks as narrow as k purchases make them.
std::vector<double> ParetoNbd::CountProbabilities(double time, int most) const {
  const double r = r_.value, alpha = alpha_.value, s = s_.value, beta = beta_.value;
  std::vector<double> log_ways(most + 1), probabilities(most + 1);
  for (int k = 0; k <= most; ++k) log_ways[k] = LogGammaRise(r, k) - LogGamma(k + 1.0);
  const auto add = [&](double u, double log_weight) {
    const double log_rest = log_weight - r * Log1p(u / alpha), log_share = -Log1p(alpha / u);
    for (int k = 0; k <= most; ++k) probabilities[k] += Exp(log_ways[k] + log_rest + k * log_share);
  };
  if (time <= 0) {
    probabilities[0] = 1;
    return probabilities;
  }
  add(time, -s * Log1p(time / beta));
  const double c = std::min(alpha, beta), span = Log1p(time / c);
  const double panels = std::ceil(0.5 * span * std::sqrt(1 + most + r + s) + 0.5 * std::sqrt(1.0 + most));
  const double width = span / panels;
  for (int panel = 0; panel < panels; ++panel) {
    for (size_t i = 0; i < kGaussPoints.size(); ++i) {
      const double w = (panel + kGaussPoints[i]) * width;
      const double u = c * Expm1(w);
      add(u, Log(kGaussWeights[i] * width * s * (c / beta)) + w - (s + 1) * Log1p(u / beta));
    }
  }
  return probabilities;
}

Estimate ParetoNbd::MedianTimeToNext(const PurchaseHistory& history) const {
  return ToEstimate((alpha_ + history.age) * Expm1(kLogTwo / (r_ + history.frequency)));
}

}  // namespace clientele::btyd
