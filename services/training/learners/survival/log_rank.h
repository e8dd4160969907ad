// Whether k groups stay equally long (Mantel 1966; Peto and Peto 1972).
//
// At each time with d events among r at risk, r_j of them of group j: the group expects d r_j / r events, with
// covariance d (r - d) / (r - 1) (r_i / r) ([i = j] - r_j / r). The statistic is (O - E)' V^- (O - E), chi-squared with
// k - 1 degrees. With weights d and r are sums of weights, so that a row of weight 2 is two rows. Cost: O(n log n + e
// k^2), e distinct times of events.
#pragma once

#include <vector>

#include "services/training/learners/survival/rows.h"

namespace clientele::training::survival {

struct LogRank {
  std::vector<double> observed;  // [k] events, by weight.
  std::vector<double> expected;  // [k]
  double chi_squared = 0;
  int degrees_of_freedom = 0;  // Groups that were ever at risk of an event, less one.
  double p_value = 1;
};

// `groups` is one of 0 to k - 1 a row. `rows` must be valid; their strata are not looked at.
LogRank TestLogRank(const Rows& rows, absl::Span<const int> groups, int k);

}  // namespace clientele::training::survival
