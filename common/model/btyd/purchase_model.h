// Models of customers who buy at a rate of their own until, unseen, they stop: "buy till you die" (Schmittlein, Morrison
// and Colombo 1987). One customer is told by three numbers, in the model's unit of time.
//
// Every answer comes with its slopes with regard to the logarithms of the model's parameters, from which the delta method
// makes an interval: variance = slopes' V slopes, V the covariance of the log parameters.
#pragma once

#include <array>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace clientele::btyd {

// x, t_x and T of Fader, Hardie and Lee (2005).
struct PurchaseHistory {
  double frequency = 0;  // Purchases after the first.
  double recency = 0;    // From the first purchase to the last; 0 where there is one only.
  double age = 0;        // From the first purchase to now; at least `recency`.
};

constexpr int kMostParameters = 4;

struct Estimate {
  double value = 0;
  std::array<double, kMostParameters> slopes = {};  // d value / d log parameter; 0 beyond the model's parameters.
};

// A model with its parameters, all positive; covariates have moved into them already. Immutable, cheap to copy into a
// customer's own. Thread-safe.
class PurchaseModel {
 public:
  virtual ~PurchaseModel() = default;

  virtual absl::Span<const absl::string_view> parameter_names() const = 0;  // p of them: "r", "alpha", "a", "b".
  // That the customer has not stopped yet.
  virtual Estimate ProbabilityAlive(const PurchaseHistory& history) const = 0;
  // Purchases in (age, age + time], of a customer who has not stopped at `age`. The expectation for the customer is this
  // times ProbabilityAlive. It does not depend on recency.
  virtual Estimate PurchasesIfAlive(const PurchaseHistory& history, double time) const = 0;
  // Its value alone, where that costs less.
  virtual double PurchasesIfAliveValue(const PurchaseHistory& history, double time) const {
    return PurchasesIfAlive(history, time).value;
  }
  // Purchases in (0, time] after the first, of a customer of whom nothing is known but that they came.
  virtual Estimate ExpectedPurchases(double time) const = 0;
  // P(X(time) = k), k = 0 to most, of such a customer. [most + 1]
  virtual std::vector<double> CountProbabilities(double time, int most) const = 0;
  // Median time to the next purchase of a customer who has not stopped and does not stop before it.
  virtual Estimate MedianTimeToNext(const PurchaseHistory& history) const = 0;
};

}  // namespace clientele::btyd
