#include "common/model/survival/checks.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/checks.h"
#include "common/model/survival/step_hazard.h"

namespace clientele::model {
namespace {

using v1::SurvivalModel;
using v1::SurvivalParameters;

bool IsPositive(double number) { return number > 0 && IsSane(number); }

absl::Status CheckBaselines(const SurvivalModel& model, int columns) {
  if (model.baselines().empty() || !model.baselines(0).stratum().empty()) {
    return InvalidArtifact("the first baseline is not the one of all");
  }
  for (const auto& baseline : model.baselines()) CLIENTELE_RETURN_IF_ERROR(StepHazard::Check(baseline, columns));
  return absl::OkStatus();
}

absl::Status CheckFeatures(const SurvivalModel& model, const RowEncoder& encoder) {
  const auto known = [&](int feature) { return feature >= 0 && feature < encoder.num_features(); };
  if (model.has_duration_feature() &&
      !(known(model.duration_feature()) && !encoder.IsCategory(model.duration_feature()))) {
    return InvalidArtifact("duration_feature is no number of the schema");
  }
  if (model.has_strata_feature() && !(known(model.strata_feature()) && encoder.IsCategory(model.strata_feature()))) {
    return InvalidArtifact("strata_feature is no category of the schema");
  }
  return absl::OkStatus();
}

absl::Status CheckHorizons(const SurvivalModel& model) {
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers("horizons", model.horizons(), model.horizons_size()));
  if (model.horizons_size() > kMostHorizons) return InvalidArtifact("there are too many horizons");
  double last = 0;
  for (const double horizon : model.horizons()) {
    if (!(horizon > last)) return InvalidArtifact(absl::StrCat("the horizon ", horizon, " is not above ", last));
    last = horizon;
  }
  return absl::OkStatus();
}

int64_t Triangle(int64_t width) { return width * (width + 1) / 2; }

}  // namespace

absl::Status CheckSurvivalModel(const SurvivalModel& model, const RowEncoder& encoder) {
  CLIENTELE_RETURN_IF_ERROR(CheckFeatures(model, encoder));
  CLIENTELE_RETURN_IF_ERROR(CheckHorizons(model));
  if (!(model.interval_coverage() > 0 && model.interval_coverage() < 1)) {
    return InvalidArtifact(absl::StrCat("interval_coverage is ", model.interval_coverage()));
  }
  const bool retention = model.method() == SurvivalParameters::METHOD_BETA_GEOMETRIC;
  const int d = retention ? 0 : encoder.num_columns();
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers("coefficients", model.coefficients(), d));
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers("standard_errors", model.standard_errors(), d));
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers("column_means", model.column_means(), d));
  CLIENTELE_RETURN_IF_ERROR(CheckNumber("the intercept", model.intercept()));
  switch (model.method()) {
    case SurvivalParameters::METHOD_COX:
      CLIENTELE_RETURN_IF_ERROR(CheckNumbers("covariance", model.covariance(), Triangle(d)));
      return CheckBaselines(model, d);
    case SurvivalParameters::METHOD_WEIBULL:
    case SurvivalParameters::METHOD_EXPONENTIAL:
      if (!IsPositive(model.scale())) return InvalidArtifact(absl::StrCat("the scale is ", model.scale()));
      return CheckNumbers("covariance", model.covariance(), Triangle(d + 2));
    case SurvivalParameters::METHOD_BETA_GEOMETRIC:
      if (!IsPositive(model.alpha()) || !IsPositive(model.beta()))
        return InvalidArtifact("alpha or beta is not above 0");
      if (!(model.period_discount_rate() >= 0 && model.period_discount_rate() <= 10)) {
        return InvalidArtifact(absl::StrCat("period_discount_rate is ", model.period_discount_rate()));
      }
      return CheckNumbers("covariance", model.covariance(), Triangle(2));
    default: return InvalidArtifact(absl::StrCat("the method is ", static_cast<int>(model.method())));
  }
}

}  // namespace clientele::model
