// How well risks order the durations (Harrell's C, 1982): of the pairs of rows in one stratum where one is known to
// have ended first, the share in which it has the higher risk; equal risks count one half. A row that is censored at a
// time has lasted longer than one that ended then; two that ended at the same time are no pair. A pair counts as much
// as its two weights multiplied.
//
// The standard error is the infinitesimal jackknife's: with n_i the weight of the rows that row i is in pairs with and
// k_i that of those it is in order with, C moves by (k_i - C n_i) / pairs with the row's weight w_i, and the variance
// is the sum of the squares of that times w_i. Cost: O(n log n).
#pragma once

#include <vector>

#include "services/training/learners/survival/rows.h"

namespace clientele::training::survival {

struct Concordance {
  double value = 0;           // NaN where there is no pair.
  double standard_error = 0;  // NaN as well.
  double pairs = 0;           // By weight.
  std::vector<double> influences;  // [rows]: how far C moves with each; the squares sum up to the variance.
};

// `risks`, one a row, finite: the higher, the sooner. `rows` must be valid.
Concordance MeasureConcordance(const Rows& rows, absl::Span<const double> risks);

}  // namespace clientele::training::survival
