// Proportional hazards (Cox 1972): hazard(t | x) = baseline(t) exp((x - mean) b), with a baseline of its own in each
// stratum.
//
//   CoxObjective objective(rows, columns, d, Ties::kEfron, threads, stop);
//   CLIENTELE_ASSIGN_OR_RETURN(const CoxFit fit, FitCox(objective, {.max_iterations = 50}));
//   std::vector<Baseline> baselines = BaselinesOf(objective, fit);
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

// The cumulative hazard of a row of means, in one stratum, as a step function: of each time of an event.
struct Baseline {
  int stratum = 0;
  std::vector<double> times;               // Rising.
  std::vector<double> cumulative_hazards;  // Steps sum w / q: of Efron or of Breslow, as the ties are.
  std::vector<double>
      variances;  // sum w / q^2 + u' V u, u = sum of w mean / q, V the coefficients' covariance (Tsiatis 1981).
};

// One a stratum that has an event, by stratum. `objective` is as FitCox left it.
std::vector<Baseline> BaselinesOf(const CoxObjective& objective, const CoxFit& fit);

}  // namespace clientele::training::survival
