#include "services/training/learners/lifetime_value/fitted_distribution.h"

namespace clientele::training {
namespace {

using model::v1::FittedDistribution;

FittedDistribution::Optimum ToMessage(btyd::Optimum optimum) {
  switch (optimum) {
    case btyd::Optimum::kInterior: return FittedDistribution::OPTIMUM_INTERIOR;
    case btyd::Optimum::kNoDropout: return FittedDistribution::OPTIMUM_NO_DROPOUT;
    case btyd::Optimum::kRidge: return FittedDistribution::OPTIMUM_RIDGE;
    case btyd::Optimum::kHomogeneous: return FittedDistribution::OPTIMUM_HOMOGENEOUS;
  }
  return FittedDistribution::OPTIMUM_UNSPECIFIED;
}

// What a parameter and a covariate's effect have in common.
template <typename Message>
void SetUncertainty(const btyd::FittedParameter& fitted, Message& message) {
  message.set_standard_error(fitted.standard_error);
  message.set_lower(fitted.lower);
  message.set_upper(fitted.upper);
}

}  // namespace

FittedDistribution ToMessage(const btyd::BtydFit& fit, absl::Span<const absl::string_view> parameter_names,
                             const std::vector<FittedColumn>& columns) {
  FittedDistribution message;
  for (size_t j = 0; j < fit.parameters.size(); ++j) {
    auto& parameter = *message.add_parameters();
    parameter.set_name(std::string(parameter_names[j]));
    parameter.set_value(fit.parameters[j].value);
    parameter.set_identified(fit.parameters[j].identified);
    SetUncertainty(fit.parameters[j], parameter);
  }
  for (size_t k = 0; k < fit.coefficients.size(); ++k) {
    auto& effect = *message.add_covariates();
    effect.set_parameter(std::string(columns[k].parameter));
    effect.set_column(columns[k].column);
    effect.set_column_index(columns[k].column_index);
    effect.set_coefficient(fit.coefficients[k].value);
    SetUncertainty(fit.coefficients[k], effect);
  }
  message.mutable_covariance()->Assign(fit.covariance.begin(), fit.covariance.end());
  message.set_log_likelihood(fit.log_likelihood);
  message.set_rows(fit.weight);
  message.set_distinct_rows(fit.distinct_rows);
  message.set_iterations(fit.iterations);
  message.set_gradient_norm(fit.gradient_norm);
  message.set_condition_number(fit.condition_number);
  message.set_optimum(ToMessage(fit.optimum));
  message.mutable_findings()->Assign(fit.findings.begin(), fit.findings.end());
  return message;
}

}  // namespace clientele::training
