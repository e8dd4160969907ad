// The shifted beta-geometric model of contractual retention (Fader and Hardie 2007, 2010): at the end of each period a
// customer leaves with a chance theta of their own, Beta(alpha, beta) over the customers. Retention rises with tenure,
// for those who are left are the loyal ones.
#pragma once

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/model/btyd/dual.h"
#include "common/model/btyd/purchase_model.h"

namespace clientele::btyd {

// log of the chance to survive `periods` more, for one whose chance to leave is Beta(alpha, beta): B(alpha, beta + t) /
// B(alpha, beta). Symmetric in alpha and t; as rises by the smaller, so that large parameters take no digits.
template <typename T>
T LogBetaSurvival(const T& alpha, const T& beta, double periods) {
  if (ValueOf(alpha) < periods) return LogGammaRise(beta, alpha) - LogGammaRise(beta + periods, alpha);
  return LogGammaRise(beta, T(periods)) - LogGammaRise(alpha + beta, T(periods));
}

// Of a customer who left at the end of the `periods`-th period, or who is still there after as many.
template <typename T>
T BetaGeometricLogLikelihood(const T& alpha, const T& beta, double periods, bool left) {
  if (!left) return LogBetaSurvival(alpha, beta, periods);
  return LogBetaSurvival(alpha, beta, periods - 1) + Log(alpha / (alpha + beta + (periods - 1)));
}

// Estimates have slopes in log alpha and log beta. Immutable, cheap to copy. Thread-safe.
class BetaGeometric {
 public:
  explicit BetaGeometric(absl::Span<const double> parameters);  // alpha, beta, both positive.

  static absl::Span<const absl::string_view> parameter_names();  // "alpha", "beta".

  // log of the chance that one who survived `survived` periods survives `periods` more. Cheap: without slopes.
  double LogSurvival(double survived, double periods) const;
  // Of a new customer: that they survive `periods`.
  Estimate Survival(double periods) const;
  // That one who survived `survived` periods survives `periods` more.
  Estimate Survival(double survived, double periods) const;
  // That one who survived `survived` periods survives the next: (beta + survived) / (alpha + beta + survived).
  Estimate RetentionRate(double survived) const;
  // The first whole number of periods, up to 2^40, after which no more than half of those who survived `survived` are
  // there.
  double MedianResidualLifetime(double survived) const;
  // Periods still to be survived: (beta + survived) / (alpha - 1). Infinite where alpha <= 1.
  Estimate ExpectedResidualLifetime(double survived) const;
  // The same with the first at full value and each later one worth 1 / (1 + discount) of the one before: what a
  // customer is worth just before they decide whether to renew (Fader and Hardie 2010, equation 6). discount > 0 a
  // period. Cost: 100 steps or so, 100 / alpha where alpha is small.
  Estimate DiscountedResidualLifetime(double survived, double discount) const;

 private:
  using Number = Dual<2>;

  Number alpha_, beta_;
};

}  // namespace clientele::btyd
