// Fits a linear model of any family to convergence: the entry to the linear learners' shared engine.
//
// Minimises f(b) = sum_i w_i loss(fits_i, label_i) + l2 / 2 |coefficients|^2 + l1 sum |coefficients|, the intercepts not
// penalised, where fit_ih = offset_i + x_i b_h.
//
// Notation: n rows, d columns, H heads, D = d + 1. Parameters [H x D] are the heads one after another, each its d coefficients
// and then its intercept. How it is done follows from the problem alone, so the model does too:
// - H D <= kMostNewtonParameters: Newton's method, one fused pass an iteration (linear/newton.h). Cost: O(n (H D)^2).
// - l1 > 0: the same quadratic model minimised by coordinate descent (linear/coordinate_descent.h).
// - else: Newton's method with conjugate gradients (linear/newton_cg.h). Cost: O(n d) a product.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/training/learners/linear/family.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

inline constexpr int kMostNewtonParameters = 1024;

struct LinearFitOptions {
  double l2 = 0;
  double l1 = 0;  // FAILED_PRECONDITION where H D > kMostNewtonParameters.
  int max_iterations = 100;
  double gradient_tolerance = 1e-9;  // Of gradient_norm.
};

// Where a minimisation stands.
struct LinearFit {
  std::vector<double> parameters;  // [H x D]
  double objective = 0;            // f there.
  double loss = 0;                 // Without the penalties.
  double pearson = 0;              // Sum of w (label - mean)^2 / variance, of a family that is dispersed.
  // [H D x H D], of the loss and the l2 penalty, for columns x - centre: well conditioned wherever the data lie. Told at the
  // end alone, and empty where H D > kMostNewtonParameters. It may be that of a step before, less than a thousandth off.
  std::vector<double> hessian;
  std::vector<double> centre;  // [D]: of the columns; 0 for the intercept.
  int iterations = 0;
  // max |gradient| / n, for columns x - centre; with l1, of the least subgradient. Where the last step is known to end
  // within the tolerance, the most that it can have left: of a quadratic family by rounding, of others of many rows by what
  // the step before it left.
  double gradient_norm = 0;
  bool converged = false;    // Small enough, or rounding allows no better.
};

// Called before each step with what is known so far; false stops there.
using LinearFitWatch = absl::FunctionRef<bool(const LinearFit& at)>;

// From `start` [H x D]. `rows` is n over all ranks. Labels must suit the family. The objective never rises. Directions that
// the rows do not determine (collinear or constant columns) are not moved along.
// Pure: the same for any number of threads and ranks. Errors: INVALID_ARGUMENT where a value is not finite or beyond
// kLargestValue (unfit_values.h); those of `sums`.
absl::StatusOr<LinearFit> FitLinear(const ShardSums& sums, const Family& family, std::vector<double> start, int64_t rows,
                                    const LinearFitOptions& options, LinearFitWatch watch);

// Covariance [H D x H D] of the fit's parameters: the inverse of its Hessian times `dispersion`. Of combinations that the
// rows do not determine it says nothing; where the Hessian is absent it is, too. Cost: O((H D)^3).
std::vector<double> Covariance(const LinearFit& fit, double dispersion);

// The roots of its diagonal [H x D]; 0 where there is none.
std::vector<double> StandardErrors(const LinearFit& fit, double dispersion);

}  // namespace clientele::training
