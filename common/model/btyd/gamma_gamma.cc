#include "common/model/btyd/gamma_gamma.h"

#include <limits>

namespace clientele::btyd {

GammaGamma::GammaGamma(absl::Span<const double> parameters)
    : p_(Number::Parameter(parameters[0], 0)),
      q_(Number::Parameter(parameters[1], 1)),
      gamma_(Number::Parameter(parameters[2], 2)) {}

absl::Span<const absl::string_view> GammaGamma::parameter_names() {
  static constexpr std::array<absl::string_view, 3> kNames = {"p", "q", "gamma"};
  return kNames;
}

Estimate GammaGamma::PopulationMean() const { return ConditionalMean(0, 0); }

Estimate GammaGamma::ConditionalMean(double x, double mean_spend) const {
  const Number weight = p_ * x + (q_ - 1);
  if (weight.value <= 0) return {.value = std::numeric_limits<double>::infinity()};
  const Number mean = p_ * (gamma_ + x * mean_spend) / weight;
  return {mean.value, mean.slopes};
}

}  // namespace clientele::btyd
