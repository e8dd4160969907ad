// Pareto/NBD (Schmittlein, Morrison and Colombo 1987; formulas after Fader and Hardie's notes of 2005 and 2007): a
// customer buys at a rate lambda until a time that is exponential with rate mu. Over the customers lambda is Gamma(r,
// alpha), mu is Gamma(s, beta).
#pragma once

#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/model/btyd/dual.h"
#include "common/model/btyd/purchase_model.h"

namespace clientele::btyd {

class ParetoNbd final : public PurchaseModel {
 public:
  // r, alpha, s, beta; alpha and beta in units of time.
  explicit ParetoNbd(absl::Span<const double> parameters);

  absl::Span<const absl::string_view> parameter_names() const override;  // "r", "alpha", "s", "beta".
  Estimate ProbabilityAlive(const PurchaseHistory& history) const override;
  Estimate PurchasesIfAlive(const PurchaseHistory& history, double time) const override;
  Estimate ExpectedPurchases(double time) const override;
  // Cost: some hundred points of an integral, at each an exponential for every k.
  std::vector<double> CountProbabilities(double time, int most) const override;
  // Of the purchase rate alone: that the customer might stop first is left aside.
  Estimate MedianTimeToNext(const PurchaseHistory& history) const override;

 private:
  using Number = Dual<4>;

  Number r_, alpha_, s_, beta_;
};

}  // namespace clientele::btyd
