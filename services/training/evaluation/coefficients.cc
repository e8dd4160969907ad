#include "services/training/evaluation/coefficients.h"

#include <cmath>

#include "common/statistics/normal.h"

namespace clientele::training {
namespace {

using model::v1::Coefficient;

void SetEffect(Coefficient& coefficient) {
  coefficient.set_effect(std::exp(coefficient.estimate()));
  coefficient.set_effect_lower(std::exp(coefficient.lower()));
  coefficient.set_effect_upper(std::exp(coefficient.upper()));
}

}  // namespace

void AddCoefficients(const LinearEstimates& estimates, model::v1::Evaluation& evaluation) {
  for (size_t j = 0; j < estimates.names.size(); ++j) {
    const double estimate = estimates.estimates[j], error = estimates.standard_errors[j];
    const double z = error == 0 ? 0 : estimate / error;
    Coefficient& coefficient = *evaluation.add_coefficients();
    coefficient.set_column(estimates.names[j]);
    coefficient.set_part(std::string(estimates.part));
    coefficient.set_estimate(estimate);
    coefficient.set_standard_error(error);
    coefficient.set_z(z);
    coefficient.set_p_value(std::erfc(std::abs(z) / std::sqrt(2.0)));
    coefficient.set_lower(estimate - statistics::kNormalQuantile * error);
    coefficient.set_upper(estimate + statistics::kNormalQuantile * error);
    if (estimates.log_scale) SetEffect(coefficient);
  }
}

}  // namespace clientele::training
