// The likelihood of the shifted beta-geometric model (common/model/btyd/beta_geometric.h) of rows (periods, left): 1
// where the customer left at the end of the `periods`-th period, 0 where they are still there after as many; the third
// number is empty.
#pragma once

#include "services/training/learners/btyd/fit.h"
#include "services/training/learners/btyd/likelihood.h"

namespace clientele::training::btyd {

class BetaGeometricLikelihood final : public Likelihood {
 public:
  absl::Span<const absl::string_view> parameter_names() const override;  // "alpha", "beta".
  void Evaluate(const LikelihoodRows& rows, int64_t begin, int64_t end, const double* log_parameters, bool own,
                double* values, double* slopes, double* curvatures) const override;
};

// Starts and limits. `weights` as in FitBtyd.
ModelTraits BetaGeometricTraits(const LikelihoodRows& rows, absl::Span<const double> weights);

}  // namespace clientele::training::btyd
