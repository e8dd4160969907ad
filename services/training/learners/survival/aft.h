// Accelerated failure time: log T = x b + s W, W the logarithm of an exponential variable: Weibull, or exponential
// where s = 1.
//
// Fitted in the terms in which the log-likelihood is concave (Burridge 1981), the slopes of the log hazard: with t = 1
// / s and c = -b / s,  z = t log T + x c + c0  is the log cumulative hazard, and the log-likelihood is
//   sum over events (z + log t - log T) - sum exp(z).
// Cost: n (d + 2)^2 flops and n exponentials a pass. Sums are taken in blocks of fixed size and added in their order.
#pragma once

#include <functional>
#include <vector>

#include "common/base/stop_token.h"
#include "services/training/learners/survival/newton.h"
#include "services/training/learners/survival/rows.h"

namespace clientele::training::survival {

struct AftOptions {
  bool exponential = false;
  double l2_penalty = 0;  // penalty / 2 |c|^2.
  int max_iterations = 50;
  int threads = 1;
  std::function<void(int iteration)> on_iteration = {};
};

struct AftFit {
  std::vector<double> means;            // [d], of the rows with a weight above 0.
  std::vector<double> coefficients;     // [d] b
  std::vector<double> standard_errors;  // [d]
  double intercept = 0;                 // Of columns as they are, not centred.
  double intercept_standard_error = 0;
  double scale = 1;  // s
  // [d + 2 x d + 2]: of b, the fit of a row of means, and log s (0 where exponential).
  std::vector<double> covariance;
  double log_likelihood = 0;                         // Of T; without the penalty.
  double log_likelihood_null = 0;                    // Of the intercept (and scale) alone.
  double likelihood_ratio = 0, wald = 0, score = 0;  // Of all coefficients; the score test at the null fit.
  int degrees_of_freedom = 0;
  std::vector<int> undetermined;  // As in CoxFit.
  std::vector<int> unbounded;
  int iterations = 0;
  bool converged = false;
  double gradient_norm = 0;
};

// `rows` must be valid, `columns` are [n x d], row-major, finite. Strata are not looked at.
// FAILED_PRECONDITION: no event, or, of a Weibull, all durations equal. Errors: of the stop token.
absl::StatusOr<AftFit> FitAft(const Rows& rows, absl::Span<const double> columns, int d, const AftOptions& options,
                              const StopToken& stop);

}  // namespace clientele::training::survival
