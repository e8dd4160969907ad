// How well risks order the durations (Harrell's C, 1982): of the pairs of rows in one stratum where one is known to
// have ended first, the share in which it has the higher risk; equal risks count one half. A row that is censored at a
// time has lasted longer than one that ended then; two that ended at the same time are no pair.
//
// The standard error is the infinitesimal jackknife's: with n_i the pairs that row i is in and k_i the share of them
// that is in order, as counts, C moves by (k_i - C n_i) / pairs with the row's weight. Cost: O(n log n).
#pragma once

#include "services/training/learners/survival/rows.h"

namespace clientele::training::survival {

struct Concordance {
  double value = 0;           // NaN where there is no pair.
  double standard_error = 0;  // NaN as well.
  double pairs = 0;
};

// `risks`, one a row, finite: the higher, the sooner. Weights of `rows`, which must be valid, are not looked at.
Concordance MeasureConcordance(const Rows& rows, absl::Span<const double> risks);

}  // namespace clientele::training::survival
