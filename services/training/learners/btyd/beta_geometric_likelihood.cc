#include "services/training/learners/btyd/beta_geometric_likelihood.h"

#include <algorithm>
#include <cmath>

#include "common/model/btyd/beta_geometric.h"
#include "services/training/learners/btyd/dual_likelihood.h"

namespace clientele::training::btyd {

absl::Span<const absl::string_view> BetaGeometricLikelihood::parameter_names() const {
  return clientele::btyd::BetaGeometric::parameter_names();
}

void BetaGeometricLikelihood::Evaluate(const LikelihoodRows& rows, int64_t begin, int64_t end,
                                       const double* log_parameters, bool own, double* values, double* slopes,
                                       double* curvatures) const {
  const auto formula = [&](const auto& parameters, int64_t row) {
    return clientele::btyd::BetaGeometricLogLikelihood(parameters[0], parameters[1], rows.first[row],
                                                       rows.second[row] != 0);
  };
  EvaluateByDuals<2>(formula, begin, end, log_parameters, own, values, slopes, curvatures);
}

// The share of periods that ended, at several widths of its distribution.
ModelTraits BetaGeometricTraits(const LikelihoodRows& rows, absl::Span<const double> weights) {
  double ended = 0, periods = 0;
  for (size_t i = 0; i < rows.first.size(); ++i) {
    ended += weights[i] * rows.second[i];
    periods += weights[i] * rows.first[i];
  }
  const double share = std::clamp(periods > 0 ? ended / periods : 0.5, 1e-6, 1 - 1e-6);
  ModelTraits traits;
  for (const double size : {2.0, 20.0, 0.3}) {
    traits.starts.push_back({std::log(size * share), std::log(size * (1 - share))});
  }
  traits.limits = {{Optimum::kNoDropout, {-1, 0}, "no drop-out"},
                   {Optimum::kHomogeneous, {1, 1}, "one chance to leave for all customers"}};
  return traits;
}

}  // namespace clientele::training::btyd
