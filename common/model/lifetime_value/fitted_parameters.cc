#include "common/model/lifetime_value/fitted_parameters.h"

#include <algorithm>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/checks.h"
#include "common/model/portable_math.h"

namespace clientele::model {
namespace {

using btyd::Estimate;
using btyd::kMostParameters;
using v1::FittedDistribution;

constexpr double kLargestShift = 100;

absl::StatusOr<FittedParameters::Covariate> ReadCovariate(const FittedDistribution::CovariateEffect& effect,
                                                          absl::Span<const CovariateDirection> directions, int columns) {
  const auto moved = std::find_if(directions.begin(), directions.end(),
                                  [&](const CovariateDirection& one) { return effect.parameter() == one.parameter; });
  if (moved == directions.end()) return InvalidArtifact(absl::StrCat("a covariate moves \"", effect.parameter(), "\""));
  if (effect.column_index() < 0 || effect.column_index() >= columns) {
    return InvalidArtifact(absl::StrCat("a covariate is column ", effect.column_index(), " of ", columns));
  }
  CLIENTELE_RETURN_IF_ERROR(CheckNumber("a covariate's coefficient", effect.coefficient()));
  return FittedParameters::Covariate{effect.column_index(), effect.coefficient(), moved->direction};
}

}  // namespace

absl::StatusOr<FittedParameters> FittedParameters::Create(const FittedDistribution& fitted,
                                                          absl::Span<const absl::string_view> names,
                                                          absl::Span<const CovariateDirection> directions, int columns) {
  FittedParameters result;
  if (fitted.parameters_size() != static_cast<int>(names.size())) {
    return InvalidArtifact(absl::StrCat("a distribution has ", fitted.parameters_size(), " parameters and not ",
                                        names.size()));
  }
  for (int j = 0; j < fitted.parameters_size(); ++j) {
    const auto& parameter = fitted.parameters(j);
    if (names[j] != parameter.name()) {
      return InvalidArtifact(absl::StrCat("a parameter is \"", parameter.name(), "\" where \"", names[j], "\" belongs"));
    }
    if (!(parameter.value() > 0 && IsSane(parameter.value()))) {
      return InvalidArtifact(absl::StrCat("parameter ", parameter.name(), " is ", parameter.value()));
    }
    result.parameters_.push_back(parameter.value());
  }
  for (const auto& effect : fitted.covariates()) {
    CLIENTELE_ASSIGN_OR_RETURN(const Covariate covariate, ReadCovariate(effect, directions, columns));
    result.covariates_.push_back(covariate);
  }
  if (!fitted.covariance().empty()) {
    const int64_t dimension = result.dimension();
    CLIENTELE_RETURN_IF_ERROR(CheckNumbers("a covariance", fitted.covariance(), dimension * dimension));
    result.covariance_.assign(fitted.covariance().begin(), fitted.covariance().end());
  }
  return result;
}

Direction FittedParameters::Shift(absl::Span<const double> columns) const {
  Direction shift = {};
  for (const Covariate& covariate : covariates_) {
    const double move = covariate.coefficient * columns[covariate.column];
    for (int j = 0; j < size(); ++j) shift[j] += covariate.direction[j] * move;
  }
  return shift;
}

std::array<double, kMostParameters> FittedParameters::At(const Direction& shift) const {
  std::array<double, kMostParameters> parameters = {};
  for (int j = 0; j < size(); ++j) {
    const double factor = shift[j] == 0 ? 1 : Exp(std::clamp(shift[j], -kLargestShift, kLargestShift));
    parameters[j] = std::clamp(parameters_[j] * factor, 1 / kLargestNumber, kLargestNumber);
  }
  return parameters;
}

void FittedParameters::AddGradient(const Estimate& estimate, absl::Span<const double> columns, double factor,
                                   absl::Span<double> gradient) const {
  for (int j = 0; j < size(); ++j) gradient[j] += factor * estimate.slopes[j];
  for (size_t k = 0; k < covariates_.size(); ++k) {
    double slope = 0;
    for (int j = 0; j < size(); ++j) slope += covariates_[k].direction[j] * estimate.slopes[j];
    gradient[size() + k] += factor * columns[covariates_[k].column] * slope;
  }
}

double FittedParameters::Variance(absl::Span<const double> gradient) const {
  if (covariance_.empty()) return 0;
  double variance = 0;
  for (size_t i = 0; i < gradient.size(); ++i) {
    double row = 0;
    for (size_t j = 0; j < gradient.size(); ++j) row += covariance_[i * gradient.size() + j] * gradient[j];
    variance += gradient[i] * row;
  }
  return std::max(variance, 0.0);
}

double FittedParameters::VarianceOf(const Estimate& estimate, absl::Span<const double> columns) const {
  absl::InlinedVector<double, 16> gradient(dimension(), 0);
  AddGradient(estimate, columns, 1, absl::MakeSpan(gradient));
  return Variance(gradient);
}

}  // namespace clientele::model
