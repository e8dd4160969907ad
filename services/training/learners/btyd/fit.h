// Maximum likelihood of a "buy till you die" model: a safeguarded Newton's method in the logarithms of the parameters,
// from several starts, that knows the limits a model can run into and says when it has.
//
// Notation: n rows, p parameters, c coefficients of covariates; D = p + c unknowns eta: the log parameters at
// covariates 0, then the coefficients. Row i's own log parameters are
//   log theta_ij = eta_j + sum over k of direction_kj coefficient_k z_i,column(k).
// Cost: about 10 passes over the rows, and twice that again for intervals by profile where standard errors say too
// little; of many rows the starts are tried on a sample. Same bytes for any number of threads.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/stop_token.h"
#include "common/model/btyd/purchase_model.h"
#include "services/training/learners/btyd/likelihood.h"

namespace clientele::training::btyd {

using clientele::btyd::kMostParameters;
using Direction = std::array<double, kMostParameters>;  // In log parameters; 0 beyond p.

// One coefficient: what a column moves, by how much for each unit. Fader and Hardie (2007) have alpha_i = alpha_0
// exp(-gamma z), direction {0, -1, 0, 0}, and a coefficient each for a, {0, 0, 1, 0}, and b, {0, 0, 0, 1}; one
// coefficient may as well move both.
struct CovariateEffect {
  int column = 0;
  Direction direction = {};
};

struct BtydCovariates {
  absl::Span<const double> values;  // [n x columns], row-major; empty: none.
  int columns = 0;
  absl::Span<const CovariateEffect> effects;  // c.
};

enum class Optimum {
  kInterior,
  kNoDropout,    // At the limit where nobody stops: predictions are right, the drop-out parameters mean nothing.
  kRidge,        // Some combination of parameters cannot be told from the data; predictions can.
  kHomogeneous,  // At the limit where all customers are alike in something.
};

// A limit of the model: log parameters far along `direction`.
struct ModelLimit {
  Optimum optimum = Optimum::kNoDropout;
  Direction direction = {};
  absl::string_view name;  // "no drop-out". In findings.

  // The parameter it is reached by, the first that moves: held there, the others take what place they like.
  int runaway() const {
    int j = 0;
    while (direction[j] == 0) ++j;
    return j;
  }
};

// What the engine must know of a model beyond its likelihood. Each likelihood's header has a function that makes it.
struct ModelTraits {
  std::vector<std::vector<double>> starts;  // [any x p], log parameters; the first the most usual.
  std::vector<ModelLimit> limits;           // The simplest first: of several that data cannot tell apart it is named.
};

struct BtydFitOptions {
  int threads = 1;
  double coefficient_penalty = 0;  // l2: subtracts penalty / 2 times the coefficients' squares.
  int max_iterations = 200;        // Of each search.
  bool profile_intervals = true;   // False: intervals from standard errors alone.
};

// Of a parameter, or of a coefficient.
struct FittedParameter {
  double value = 0;
  double standard_error = 0;  // 0 where not identified.
  // 95 %: a parameter's by its profile likelihood (intervals.h), 0 and infinity where the data set no bound; a
  // coefficient's normal.
  double lower = 0, upper = 0;
  bool identified = true;
};

struct BtydFit {
  std::vector<FittedParameter> parameters;    // p.
  std::vector<FittedParameter> coefficients;  // c.
  // [D x D], row-major, of the log parameters and coefficients: the inverse of minus the Hessian over what the data
  // tell. Directions they do not tell are left out, that is, taken as known: their variance is 0. At a limit the way
  // back from it is in as well, so that the delta method reaches as far as the likelihood does (diagnosis.h).
  std::vector<double> covariance;
  double log_likelihood = 0;  // Without the penalty.
  double weight = 0;          // Sum of weights.
  int64_t distinct_rows = 0;
  int iterations = 0;           // Of the search that won.
  int evaluations = 0;          // Passes over all rows, of all searches.
  double gradient_norm = 0;     // max |gradient| / weight.
  double condition_number = 0;  // Of minus the Hessian, at most 1e16.
  Optimum optimum = Optimum::kInterior;
  double limit_gap =
      0;  // By how much the log-likelihood exceeds that of the limit named, else of the nearest; infinite far from all.
  std::vector<std::string> findings;
};

// `rows` have n rows, best sorted and distinct (rows.h), `weights` [n] are not below 0.
// Errors: INVALID_ARGUMENT: arrays of different lengths, a number that is not finite, a negative weight;
// FAILED_PRECONDITION: no rows of weight, a likelihood that is finite at no start; those of `stop`, polled between
// passes.
absl::StatusOr<BtydFit> FitBtyd(const Likelihood& likelihood, const ModelTraits& traits, const LikelihoodRows& rows,
                                absl::Span<const double> weights, const BtydCovariates& covariates,
                                const BtydFitOptions& options, const StopToken& stop);

}  // namespace clientele::training::btyd
