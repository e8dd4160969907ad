#include "services/training/learners/survival/parameters.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/model/survival/checks.h"

namespace clientele::training {
namespace {

using common::v1::DatasetSpec;
using model::v1::SurvivalParameters;

constexpr int kMostIterations = 1000, kDefaultIterations = 50;
constexpr double kDefaultCoverage = 0.95;
constexpr double kLeastDiscountRate = 1e-4, kMostDiscountRate = 10;

bool Has(const DatasetSpec& dataset, const std::string& name) {
  const auto is_in = [&](const auto& names) { return std::find(names.begin(), names.end(), name) != names.end(); };
  return is_in(dataset.features()) || is_in(dataset.auxiliary_features());
}

absl::Status CheckFeature(const std::string& name, bool required, const DatasetSpec& dataset,
                          const std::string& field) {
  if (name.empty() && !required) return absl::OkStatus();
  if (name.empty()) return InvalidField(field, "is empty; give a feature of the dataset");
  if (Has(dataset, name)) return absl::OkStatus();
  return InvalidField(field,
                      absl::StrCat("\"", name, "\" is not in dataset.features or dataset.auxiliary_features; add it"));
}

absl::Status CheckFeatures(const SurvivalParameters& parameters, const DatasetSpec& dataset,
                           const std::string& prefix) {
  CLIENTELE_RETURN_IF_ERROR(CheckFeature(parameters.duration_feature(), true, dataset, prefix + "duration_feature"));
  CLIENTELE_RETURN_IF_ERROR(CheckFeature(parameters.event_feature(), true, dataset, prefix + "event_feature"));
  CLIENTELE_RETURN_IF_ERROR(CheckFeature(parameters.strata_feature(), false, dataset, prefix + "strata_feature"));
  CLIENTELE_RETURN_IF_ERROR(CheckFeature(parameters.group_feature(), false, dataset, prefix + "group_feature"));
  if (parameters.duration_feature() == parameters.event_feature()) {
    return InvalidField(prefix + "event_feature", "is the duration_feature too");
  }
  for (int i = 0; i < parameters.event_values_size(); ++i) {
    if (parameters.event_values(i).empty()) {
      return InvalidField(absl::StrCat(prefix, "event_values[", i, "]"), "is empty; give a value that means \"ended\"");
    }
  }
  const bool cox = parameters.method() == SurvivalParameters::METHOD_UNSPECIFIED ||
                   parameters.method() == SurvivalParameters::METHOD_COX;
  if (cox || parameters.strata_feature().empty()) return absl::OkStatus();
  return InvalidField(prefix + "strata_feature", "is for METHOD_COX; leave it out, or use group_feature to compare");
}

absl::Status CheckHorizons(const SurvivalParameters& parameters, const std::string& field) {
  if (parameters.horizons_size() > model::kMostHorizons) {
    return InvalidField(
        field, absl::StrCat("has ", parameters.horizons_size(), " durations, more than ", model::kMostHorizons));
  }
  double last = 0;
  for (int i = 0; i < parameters.horizons_size(); ++i) {
    const double horizon = parameters.horizons(i);
    if (!(std::isfinite(horizon) && horizon > last && horizon <= 1e9)) {
      return InvalidField(absl::StrCat(field, "[", i, "]"),
                          absl::StrCat(horizon, " is not above ", last, " (durations rise) and at most 1e9"));
    }
    last = horizon;
  }
  return absl::OkStatus();
}

absl::Status CheckNumbers(const SurvivalParameters& parameters, const std::string& prefix) {
  if (!(parameters.l2_penalty() >= 0 && std::isfinite(parameters.l2_penalty()))) {
    return InvalidField(prefix + "l2_penalty", absl::StrCat(parameters.l2_penalty(), " is not 0 or more"));
  }
  if (parameters.max_iterations() < 0 || parameters.max_iterations() > kMostIterations) {
    return InvalidField(prefix + "max_iterations",
                        absl::StrCat(parameters.max_iterations(), " is not 1 to ", kMostIterations));
  }
  if (!(parameters.interval_coverage() >= 0 && parameters.interval_coverage() < 1)) {
    return InvalidField(prefix + "interval_coverage",
                        absl::StrCat(parameters.interval_coverage(), " is not in (0, 1)"));
  }
  const double rate = parameters.period_discount_rate();
  if (rate == 0 || (rate >= kLeastDiscountRate && rate <= kMostDiscountRate)) return absl::OkStatus();
  return InvalidField(
      prefix + "period_discount_rate",
      absl::StrCat(rate, " is neither 0 nor ", kLeastDiscountRate, " to ", kMostDiscountRate));
}

}  // namespace

absl::Status ValidateSurvival(const SurvivalParameters& parameters, const DatasetSpec& dataset,
                              absl::string_view field) {
  const std::string prefix = absl::StrCat(field, ".");
  if (!SurvivalParameters::Method_IsValid(parameters.method())) {
    return InvalidField(prefix + "method", absl::StrCat(static_cast<int>(parameters.method()), " is no method"));
  }
  if (!SurvivalParameters::Ties_IsValid(parameters.ties())) {
    return InvalidField(prefix + "ties", absl::StrCat(static_cast<int>(parameters.ties()), " is no way with ties"));
  }
  CLIENTELE_RETURN_IF_ERROR(CheckFeatures(parameters, dataset, prefix));
  CLIENTELE_RETURN_IF_ERROR(CheckHorizons(parameters, prefix + "horizons"));
  return CheckNumbers(parameters, prefix);
}

SurvivalParameters WithDefaults(SurvivalParameters parameters) {
  if (parameters.method() == SurvivalParameters::METHOD_UNSPECIFIED)
    parameters.set_method(SurvivalParameters::METHOD_COX);
  if (parameters.ties() == SurvivalParameters::TIES_UNSPECIFIED) parameters.set_ties(SurvivalParameters::TIES_EFRON);
  if (parameters.max_iterations() == 0) parameters.set_max_iterations(kDefaultIterations);
  if (parameters.interval_coverage() == 0) parameters.set_interval_coverage(kDefaultCoverage);
  return parameters;
}

}  // namespace clientele::training
