// Gamma-Gamma spend (Fader and Hardie 2013; Colombo and Jiang 1999): a customer's amounts are Gamma(p, nu), nu is
// Gamma(q, gamma) over the customers. Purchases and spend are taken to be independent.
#pragma once

#include <array>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/model/btyd/dual.h"
#include "common/model/btyd/purchase_model.h"

namespace clientele::btyd {

// Immutable, cheap to copy. Thread-safe.
class GammaGamma {
 public:
  // p, q, gamma, all positive; gamma in units of money.
  explicit GammaGamma(absl::Span<const double> parameters);

  static absl::Span<const absl::string_view> parameter_names();  // "p", "q", "gamma".

  // For q <= 1 some customers spend so much that the population has no mean.
  bool has_mean() const { return q_.value > 1; }
  // Spend a purchase of a customer of whom nothing is known: p gamma / (q - 1). Infinite where !has_mean().
  Estimate PopulationMean() const;
  // Expected spend a purchase given x purchases of mean `mean_spend`: the population's mean and the customer's own,
  // p (gamma + x mean_spend) / (p x + q - 1). At x = 0 the population's. Infinite where p x + q <= 1.
  Estimate ConditionalMean(double x, double mean_spend) const;

 private:
  using Number = Dual<4>;  // The fourth slope stays 0.

  Number p_, q_, gamma_;
};

}  // namespace clientele::btyd
