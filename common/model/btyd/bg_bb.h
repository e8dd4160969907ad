// BG/BB (Fader, Hardie and Shang 2010): opportunities to buy come one a period. A customer takes each with a chance p
// until, at the start of a period, they stop for good with a chance theta. Over the customers p is Beta(alpha, beta),
// theta is Beta(gamma, delta). Time is the number of opportunities; a history has x of n of them taken, the last one
// the t_x-th.
#pragma once

#include <array>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/model/btyd/beta_geometric.h"
#include "common/model/btyd/dual.h"
#include "common/model/btyd/purchase_model.h"

namespace clientele::btyd {

template <typename T>
struct BgBbParameters {
  T alpha, beta, gamma, delta;
};

// What the opportunities since the last purchase say: the chance of not buying at any of them having stopped at one,
// and not having stopped. Both of one who was there at t_x. Sums of positive terms.
template <typename T>
struct BgBbQuiet {
  T stopped, alive;
};

template <typename T>
BgBbQuiet<T> QuietSince(const BgBbParameters<T>& at, const PurchaseHistory& history) {
  const double x = history.frequency, t_x = history.recency, quiet = history.age - t_x;
  const T misses = at.beta + (t_x - x), chances = at.alpha + at.beta + t_x;
  const T stays = at.delta + t_x, all = at.gamma + at.delta + t_x;
  BgBbQuiet<T> result{0, 1};
  for (double i = 0; i + 0.5 < quiet; ++i) {
    result.stopped += result.alive * at.gamma / (all + i);
    result.alive *= (misses + i) * (stays + i) / ((chances + i) * (all + i));
  }
  return result;
}

// Cost: T - t_x steps.
template <typename T>
T BgBbLogLikelihood(const BgBbParameters<T>& at, const PurchaseHistory& history) {
  const double x = history.frequency, t_x = history.recency;
  const T purchases =
      LogGammaRise(at.alpha, T(x)) + LogGammaRise(at.beta, T(t_x - x)) - LogGammaRise(at.alpha + at.beta, T(t_x));
  const BgBbQuiet<T> quiet = QuietSince(at, history);
  return purchases + LogBetaSurvival(at.gamma, at.delta, t_x) + Log(quiet.stopped + quiet.alive);
}

class BgBb final : public PurchaseModel {
 public:
  // alpha, beta, gamma, delta.
  explicit BgBb(absl::Span<const double> parameters);

  absl::Span<const absl::string_view> parameter_names() const override;  // "alpha", "beta", "gamma", "delta".
  // That they were there at the last opportunity; they may stop before the next.
  Estimate ProbabilityAlive(const PurchaseHistory& history) const override;
  // Of a broken number of opportunities the last counts by its fraction. Cost: `time` steps.
  Estimate PurchasesIfAlive(const PurchaseHistory& history, double time) const override;
  Estimate ExpectedPurchases(double time) const override;
  // Whole opportunities only. Cost: time x most steps.
  std::vector<double> CountProbabilities(double time, int most) const override;
  // A real number, by the chance to miss t opportunities continued to real t: B(a, b + t) / B(a, b) = 1/2.
  Estimate MedianTimeToNext(const PurchaseHistory& history) const override;

 private:
  using Number = Dual<4>;

  BgBbParameters<Number> at_;
};

}  // namespace clientele::btyd
