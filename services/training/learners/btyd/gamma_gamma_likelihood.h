// The marginal likelihood of a customer's mean spend under Gamma-Gamma (common/model/btyd/gamma_gamma.h), of rows (x,
// mean spend), both above 0. With s = x mean spend,
//   log L = log Gamma(px + q) - log Gamma(px) - log Gamma(q) + q log gamma + px log s - log(mean spend) - (px + q)
//   log(gamma + s).
#pragma once

#include "services/training/learners/btyd/fit.h"
#include "services/training/learners/btyd/likelihood.h"

namespace clientele::training::btyd {

// Cost: gamma functions once for each run of rows with the same x; a row takes 3 logarithms, in vectors.
class GammaGammaLikelihood final : public Likelihood {
 public:
  absl::Span<const absl::string_view> parameter_names() const override;
  void Evaluate(const LikelihoodRows& rows, int64_t begin, int64_t end, const double* log_parameters, bool own,
                double* values, double* slopes, double* curvatures) const override;
};

// Starts and limits. `weights` as in FitBtyd.
ModelTraits GammaGammaTraits(const LikelihoodRows& rows, absl::Span<const double> weights);

}  // namespace clientele::training::btyd
