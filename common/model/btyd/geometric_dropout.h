// What BG/NBD and MBG/NBD share: purchases of a Gamma-Poisson kind, and after each a chance p to stop for good, p a
// customer's own, Beta(a, b) over the customers. The two differ in whether the first purchase has that chance too.
//
// Expectations are computed from sums and integrals of positive terms, without the factor 1 / (a - 1) of the published
// closed form (Fader, Hardie and Lee 2005, equation 10), which is singular at a = 1 and cancels near it.
#pragma once

#include <array>
#include <vector>

#include "absl/types/span.h"
#include "common/model/btyd/dual.h"
#include "common/model/btyd/purchase_model.h"

namespace clientele::btyd {

// Purchases in `time` of a customer at whose start the rate is Gamma(shape, rate), and the chance to stop Beta(a, b):
// E[(1 - (1 + p tau)^-shape) / p], tau = time / rate. T is double or Dual<4>. Cost: 100 steps or so, in extremes 2,000.
template <typename T>
T PurchasesUnderDropout(const T& shape, const T& rate, const T& a, const T& b, double time);

// The same by one of the two ways, for tests: the sum over the number of purchases without drop-out, whose length grows
// with shape tau and tau; the integral over p, for any arguments.
template <typename T>
T PurchasesUnderDropoutBySum(const T& shape, const T& rate, const T& a, const T& b, double time);
template <typename T>
T PurchasesUnderDropoutByIntegral(const T& shape, const T& rate, const T& a, const T& b, double time);

class GeometricDropoutModel : public PurchaseModel {
 public:
  absl::Span<const absl::string_view> parameter_names() const override;  // "r", "alpha", "a", "b".
  // Between x = 0 and 1, where no customer is, the odds of having stopped grow linearly.
  Estimate ProbabilityAlive(const PurchaseHistory& history) const override;
  Estimate PurchasesIfAlive(const PurchaseHistory& history, double time) const override;
  double PurchasesIfAliveValue(const PurchaseHistory& history, double time) const override;
  Estimate ExpectedPurchases(double time) const override;
  std::vector<double> CountProbabilities(double time, int most) const override;
  Estimate MedianTimeToNext(const PurchaseHistory& history) const override;

 protected:
  // `parameters` are r, alpha, a, b, all positive. `first_chances`: chances to stop before the first repeat purchase, 0
  // or 1.
  GeometricDropoutModel(absl::Span<const double> parameters, int first_chances);

 private:
  using Number = Dual<4>;

  Number r_, alpha_, a_, b_;
  int first_chances_;
};

}  // namespace clientele::btyd
