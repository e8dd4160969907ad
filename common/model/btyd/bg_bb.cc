#include "common/model/btyd/bg_bb.h"

#include <algorithm>
#include <cmath>

namespace clientele::btyd {
namespace {

constexpr double kLogTwo = 0.69314718055994530942;

Estimate ToEstimate(const Dual<4>& x) { return {x.value, x.slopes}; }

// Real t with LogBetaSurvival(alpha, beta, t) = -log 2: a falling convex function of log t, by halving.
double MedianMisses(double alpha, double beta) {
  double below = 0, above = 1;
  while (LogBetaSurvival(alpha, beta, above) > -kLogTwo && above < 1e300) below = above, above *= 2;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (below + above);
    (LogBetaSurvival(alpha, beta, middle) > -kLogTwo ? below : above) = middle;
  }
  return above;
}

}  // namespace

BgBb::BgBb(absl::Span<const double> parameters)
    : at_{Number::Parameter(parameters[0], 0), Number::Parameter(parameters[1], 1), Number::Parameter(parameters[2], 2),
          Number::Parameter(parameters[3], 3)} {}

absl::Span<const absl::string_view> BgBb::parameter_names() const {
  static constexpr std::array<absl::string_view, 4> kNames = {"alpha", "beta", "gamma", "delta"};
  return kNames;
}

Estimate BgBb::ProbabilityAlive(const PurchaseHistory& history) const {
  const BgBbQuiet<Number> quiet = QuietSince(at_, history);
  if (quiet.alive.value == 0) return {.value = 0};
  return ToEstimate(1 / (1 + quiet.stopped / quiet.alive));
}

Estimate BgBb::PurchasesIfAlive(const PurchaseHistory& history, double time) const {
  const Number stays = at_.delta + history.age, all = stays + at_.gamma;
  Number taken = 0, survival = 1;
  for (double i = 0; i < time; ++i) {
    survival *= (stays + i) / (all + i);
    taken += survival * std::min(1.0, time - i);
  }
  return ToEstimate(taken * (at_.alpha + history.frequency) / (at_.alpha + at_.beta + history.age));
}

Estimate BgBb::ExpectedPurchases(double time) const { return PurchasesIfAlive({}, time); }

// k of the i opportunities that there were until they stopped, or of all n.
std::vector<double> BgBb::CountProbabilities(double time, int most) const {
  const double alpha = at_.alpha.value, beta = at_.beta.value, gamma = at_.gamma.value, delta = at_.delta.value;
  const int n = std::max(0, static_cast<int>(time));
  std::vector<double> probabilities(most + 1);
  for (int i = 0; i <= n; ++i) {
    const double stops_here = i < n ? Log(gamma / (gamma + delta + i)) : 0;
    const double log_weight = LogBetaSurvival(gamma, delta, i) + stops_here;
    for (int k = 0; k <= std::min(i, most); ++k) {
      const double log_ways = LogGamma(i + 1.0) - LogGamma(k + 1.0) - LogGamma(i - k + 1.0);
      const double log_taken = LogGammaRise(alpha, k) + LogGammaRise(beta, i - k) - LogGammaRise(alpha + beta, i);
      probabilities[k] += Exp(log_weight + log_ways + log_taken);
    }
  }
  return probabilities;
}

// The slopes are those of an implicit function.
Estimate BgBb::MedianTimeToNext(const PurchaseHistory& history) const {
  const Number alpha = at_.alpha + history.frequency, beta = at_.beta + (history.age - history.frequency);
  const double median = MedianMisses(alpha.value, beta.value);
  const double by_time = DigammaRise(beta.value + median, alpha.value);
  return ToEstimate(LogBetaSurvival(alpha, beta, median).Chain(median, 1 / by_time));
}

}  // namespace clientele::btyd
