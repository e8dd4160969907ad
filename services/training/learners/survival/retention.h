// The shifted beta-geometric model of retention (Fader and Hardie 2007): see common/model/btyd/beta_geometric.h.
//
// Durations are whole periods: who ended in period t renewed t - 1 times, who has not ended yet renewed t times. Broken
// ones are taken up for the former and down for the latter. Fitted as the other models of its kind are
// (services/training/learners/btyd/fit.h); a pass costs O(distinct durations).
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "services/training/learners/survival/rows.h"

namespace clientele::training::survival {

struct RetentionFit {
  double alpha = 0;
  double beta = 0;
  // [2 x 2], of alpha and beta by the delta method.
  std::vector<double> covariance;
  double log_likelihood = 0;
  double log_likelihood_null = 0;  // Of customers who are all alike: the geometric distribution.
  bool alike = false;              // The data want just that: alpha and beta are large, and only their ratio is meant.
  int iterations = 0;
  double gradient_norm = 0;
};

// `rows` must be valid; strata are not looked at. FAILED_PRECONDITION: nobody has left, or nobody renewed.
absl::StatusOr<RetentionFit> FitRetention(const Rows& rows, int max_iterations);

}  // namespace clientele::training::survival
