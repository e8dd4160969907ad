// Proportional hazards (Cox 1972): hazard(t | x) = baseline(t) exp((x - mean) b), with a baseline of its own in each
// stratum.
//
//   CoxObjective objective(rows, columns, d, Ties::kEfron, threads, stop);
//   CLIENTELE_ASSIGN_OR_RETURN(const CoxFit fit, FitCox(objective, {.max_iterations = 50}));
//   std::vector<Baseline> baselines = BaselinesOf(objective);
//
// Cost: 5 to 10 passes (see cox_objective.h).
#pragma once

#include <functional>
#include <vector>

#include "services/training/learners/survival/cox_objective.h"

namespace clientele::training::survival {

struct CoxOptions {
  double l2_penalty = 0;  // penalty / 2 |b|^2.
  int max_iterations = 50;
  std::function<void(int iteration)> on_iteration = {};  // Called before each pass; may be empty.
};

struct CoxFit {
  std::vector<double> coefficients;     // [d]; 0 where not determined.
  std::vector<double> standard_errors;  // [d]; 0 where not determined.
  std::vector<double> covariance;       // [d x d]
  double log_likelihood = 0;            // Partial; without the penalty.
  double log_likelihood_null = 0;
  // Of all coefficients together, at 0; chi-squared.
  double likelihood_ratio = 0, wald = 0, score = 0;
  int degrees_of_freedom = 0;     // Determined coefficients.
  std::vector<int> undetermined;  // Columns that are constant, or that earlier ones determine.
  std::vector<int> unbounded;     // Columns whose coefficients the likelihood would drive to infinity.
  int iterations = 0;
  bool converged = false;
  double gradient_norm = 0;
};

// FAILED_PRECONDITION: no event. Errors: of the stop token. Leaves `objective` evaluated at the coefficients.
absl::StatusOr<CoxFit> FitCox(CoxObjective& objective, const CoxOptions& options);

// The cumulative hazard H of a row of means, in one stratum, as a step function: of each time of an event. Of a row
// with the columns x, z = x - means, it is exp(z b) H, and its logarithm has the variance (variance + q' V q) / H^2,
// where q = H z - mean shift and V is the coefficients' covariance (Tsiatis 1981; Link 1984).
struct Baseline {
  int stratum = 0;
  std::vector<double> times;               // Rising. m of them.
  std::vector<double> cumulative_hazards;  // [m] Sums of w / q: of Efron or of Breslow, as the ties are.
  std::vector<double> variances;           // [m] Sums of w / q^2: were the coefficients known.
  std::vector<double> mean_shifts;         // [m x d] Sums of w mean / q, columns less their means.
};

// A baseline has at most so many times. Of more it has every k-th: its steps are fewer, and add up to the same.
inline constexpr int64_t kMostTimes = 20'000;

// One a stratum that has an event, by stratum. `objective` is as FitCox left it.
std::vector<Baseline> BaselinesOf(const CoxObjective& objective);

}  // namespace clientele::training::survival
