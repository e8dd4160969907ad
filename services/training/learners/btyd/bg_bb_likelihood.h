// The likelihood of BG/BB (common/model/btyd/bg_bb.h) of histories (x, t_x, n) in opportunities.
#pragma once

#include "services/training/learners/btyd/fit.h"
#include "services/training/learners/btyd/likelihood.h"

namespace clientele::training::btyd {

// Cost: n - t_x steps a row. There are at most n^2 / 2 distinct histories of n opportunities.
class BgBbLikelihood final : public Likelihood {
 public:
  absl::Span<const absl::string_view> parameter_names() const override;  // "alpha", "beta", "gamma", "delta".
  void Evaluate(const LikelihoodRows& rows, int64_t begin, int64_t end, const double* log_parameters, bool own,
                double* values, double* slopes, double* curvatures) const override;
};

// Starts and limits. `weights` as in FitBtyd.
ModelTraits BgBbTraits(const LikelihoodRows& rows, absl::Span<const double> weights);

}  // namespace clientele::training::btyd
