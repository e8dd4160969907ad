// The share of customers that stay longer than a time, without a model (Kaplan and Meier 1958).
//
// With d events among r at risk at each time: S(t) = product (1 - d / r). Greenwood's variance of log S(t) is
// v = sum d / (r (r - d)); the standard error is S sqrt(v), the 95 % interval S exp(+- 1.96 sqrt(v)), cut at 1.
// With weights d and r are sums of weights, so that a row of weight 2 is two rows. Cost: O(n log n).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "services/training/learners/survival/rows.h"

namespace clientele::training::survival {

struct KaplanMeier {
  // These, and at_risk, count rows with a weight above 0, whatever it is.
  int64_t rows = 0;
  int64_t events = 0;
  // One a distinct duration, rising; those without an event too. At and after a time the curve has its value.
  std::vector<double> times;
  std::vector<double> survival;
  std::vector<double> standard_errors;
  std::vector<double> lower;  // NaN where survival is 0: the interval is not defined there.
  std::vector<double> upper;
  std::vector<int64_t> at_risk;  // Just before the time.
  // The first time survival is below one half; in the middle of a stretch where it is exactly that. Unset: never.
  std::optional<double> median, median_lower, median_upper;
  double restricted_mean = 0;  // The area under the curve up to the last time.

  // Survival at a time; 1 before the first.
  double At(double time) const;
  // The last index whose time is not after `time`; -1: none.
  int64_t IndexAt(double time) const;
};

// `rows` must be valid; their strata are not looked at.
KaplanMeier FitKaplanMeier(const Rows& rows);

}  // namespace clientele::training::survival
