#include "services/training/learners/value_regression/parameters.h"

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/model/value_regression/family.h"

namespace clientele::training {
namespace {

using model::v1::ValueRegressionParameters;

constexpr int kMostIterations = 1000;

// What only one family reads is an error in another: it would be read and ignored.
absl::Status CheckFamily(const ValueRegressionParameters& parameters, const std::string& field) {
  if (!ValueRegressionParameters::Family_IsValid(parameters.family())) {
    return InvalidField(field + ".family", absl::StrCat(static_cast<int>(parameters.family()), " is not a family"));
  }
  if (!ValueRegressionParameters::Target_IsValid(parameters.target())) {
    return InvalidField(field + ".target",
                        absl::StrCat(static_cast<int>(parameters.target()), " is not TARGET_LOG1P or TARGET_PLAIN"));
  }
  if (model::HasLogLink(parameters.family())) {
    const char* const kOnly = "goes with FAMILY_LEAST_SQUARES; the other families predict the mean by a logarithm";
    if (parameters.target() != 0) return InvalidField(field + ".target", kOnly);
    if (parameters.no_smearing()) return InvalidField(field + ".no_smearing", kOnly);
    if (parameters.allow_negative()) return InvalidField(field + ".allow_negative", kOnly);
  } else if (parameters.no_smearing() && parameters.target() == ValueRegressionParameters::TARGET_PLAIN) {
    return InvalidField(field + ".no_smearing", "goes with TARGET_LOG1P; TARGET_PLAIN has no smearing");
  }
  const double power = parameters.tweedie_power();
  if (power != 0 && parameters.family() != ValueRegressionParameters::FAMILY_TWEEDIE) {
    return InvalidField(field + ".tweedie_power", "goes with FAMILY_TWEEDIE");
  }
  if (power != 0 && !(power > 1 && power < 2)) {
    return InvalidField(field + ".tweedie_power", absl::StrCat(power, " is not in (1, 2), nor 0 to find it"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateValueRegression(const ValueRegressionParameters& parameters, absl::string_view field_name) {
  const std::string field(field_name);
  CLIENTELE_RETURN_IF_ERROR(CheckFamily(parameters, field));
  if (parameters.has_l2_penalty() && !(parameters.l2_penalty() >= 0 && std::isfinite(parameters.l2_penalty()))) {
    return InvalidField(field + ".l2_penalty",
                        absl::StrCat(parameters.l2_penalty(), " is not a finite number, 0 or more"));
  }
  if (!(parameters.interval_coverage() >= 0 && parameters.interval_coverage() < 1)) {
    return InvalidField(field + ".interval_coverage",
                        absl::StrCat(parameters.interval_coverage(), " is not in (0, 1)"));
  }
  if (parameters.max_iterations() < 0 || parameters.max_iterations() > kMostIterations) {
    return InvalidField(field + ".max_iterations",
                        absl::StrCat(parameters.max_iterations(), " is not 1 to ", kMostIterations));
  }
  if (!(parameters.gradient_tolerance() >= 0 && std::isfinite(parameters.gradient_tolerance()))) {
    return InvalidField(field + ".gradient_tolerance",
                        absl::StrCat(parameters.gradient_tolerance(), " is not a finite number, 0 or more"));
  }
  return absl::OkStatus();
}

LinearFitOptions FitOptionsOf(const ValueRegressionParameters& parameters, double slope_scale) {
  LinearFitOptions options;
  const double default_l2 = model::HasLogLink(parameters.family()) ? 1 : 10;
  options.l2 = parameters.has_l2_penalty() ? parameters.l2_penalty() : default_l2;
  if (parameters.max_iterations() > 0) options.max_iterations = parameters.max_iterations();
  if (parameters.gradient_tolerance() > 0) options.gradient_tolerance = parameters.gradient_tolerance();
  options.gradient_tolerance *= slope_scale;
  return options;
}

double CoverageOf(const ValueRegressionParameters& parameters) {
  return parameters.interval_coverage() == 0 ? 0.9 : parameters.interval_coverage();
}

}  // namespace clientele::training
