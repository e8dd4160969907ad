// The likelihood of Pareto/NBD (common/model/btyd/pareto_nbd.h) of histories (x, t_x, T):
//   log L = log [Gamma(r + x) / Gamma(r)] + r log alpha + s log beta - (r + x) log(alpha + T) - s log(beta + T)
//           + log(1 + odds),
// odds of having stopped as in ParetoNbd::ProbabilityAlive. They hold a positive integral, whose slopes and curvatures
// are means and covariances over the same points: nothing cancels.
#pragma once

#include "services/training/learners/btyd/fit.h"
#include "services/training/learners/btyd/likelihood.h"

namespace clientele::training::btyd {

// Cost: gamma functions once for each run of rows with the same x; a row takes 10 points of the integral or a small
// multiple, with three exponentials and logarithms each, in vectors.
class ParetoNbdLikelihood final : public Likelihood {
 public:
  absl::Span<const absl::string_view> parameter_names() const override;
  void Evaluate(const LikelihoodRows& rows, int64_t begin, int64_t end, const double* log_parameters, bool own,
                double* values, double* slopes, double* curvatures) const override;
};

// Starts and limits. `weights` as in FitBtyd.
ModelTraits ParetoNbdTraits(const LikelihoodRows& rows, absl::Span<const double> weights);

}  // namespace clientele::training::btyd
