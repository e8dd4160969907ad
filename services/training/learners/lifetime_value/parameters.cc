#include "services/training/learners/lifetime_value/parameters.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/training/learners/lifetime_value/likelihoods.h"

namespace clientele::training {
namespace {

using common::v1::DatasetSpec;
using model::v1::LifetimeValueParameters;
using Names = google::protobuf::RepeatedPtrField<std::string>;

constexpr int kMostIterations = 1000;
constexpr int kMostHorizonDays = 36'500;
constexpr double kMostDiscountRate = 10;
constexpr int kHistoryFeatures = 4;

bool Has(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

absl::Status CheckCovariates(const Names& covariates, const DatasetSpec& dataset, const std::string& field) {
  std::set<std::string> seen;
  for (int i = 0; i < covariates.size(); ++i) {
    const std::string here = absl::StrCat(field, "[", i, "]");
    if (!Has(dataset.features(), covariates[i])) {
      return InvalidField(here, absl::StrCat("\"", covariates[i], "\" is not in dataset.features; add it"));
    }
    if (absl::StartsWith(covariates[i], "btyd_")) {
      return InvalidField(here, absl::StrCat("\"", covariates[i],
                                             "\" is a part of the purchase history, which the model "
                                             "explains; a covariate is what was known of the customer besides"));
    }
    if (!seen.insert(covariates[i]).second)
      return InvalidField(here, absl::StrCat("\"", covariates[i], "\" comes twice"));
  }
  return absl::OkStatus();
}

absl::Status CheckTiers(const LifetimeValueParameters& parameters, const std::string& field) {
  std::set<std::string> names;
  double last = -1;
  for (int i = 0; i < parameters.tiers_size(); ++i) {
    const auto& tier = parameters.tiers(i);
    const std::string here = absl::StrCat(field, "[", i, "]");
    if (tier.name().empty()) return InvalidField(here + ".name", "is empty; give what its customers are called");
    if (!names.insert(tier.name()).second)
      return InvalidField(here + ".name", absl::StrCat("\"", tier.name(), "\" comes twice"));
    const double from = tier.at_least_percentile();
    if (!(from >= 0 && from < 100)) {
      return InvalidField(here + ".at_least_percentile", absl::StrCat(from, " is not in [0, 100)"));
    }
    if (from <= last) {
      return InvalidField(here + ".at_least_percentile", absl::StrCat(from, " is not above the ", last, " before it"));
    }
    last = from;
  }
  return absl::OkStatus();
}

absl::Status CheckCount(int value, int least, int most, const std::string& field) {
  if (value == 0 || (value >= least && value <= most)) return absl::OkStatus();
  return InvalidField(field, absl::StrCat(value, " is not ", least, " to ", most, ", nor 0 for the default"));
}

// What a value is of.
absl::Status CheckTerms(const LifetimeValueParameters& parameters, const std::string& field) {
  CLIENTELE_RETURN_IF_ERROR(CheckCount(parameters.horizon_days(), 1, kMostHorizonDays, field + ".horizon_days"));
  const double rate = parameters.annual_discount_rate();
  if (!(rate >= 0 && rate <= kMostDiscountRate)) {
    return InvalidField(field + ".annual_discount_rate",
                        absl::StrCat(rate, " is not in [0, ", kMostDiscountRate, "]; 0.1 is 10 %"));
  }
  if (parameters.has_margin() && !(parameters.margin() > 0 && parameters.margin() <= 1)) {
    return InvalidField(field + ".margin",
                        absl::StrCat(parameters.margin(), " is not in (0, 1]: the share of spend that is profit"));
  }
  if (!(parameters.interval_coverage() >= 0 && parameters.interval_coverage() < 1)) {
    return InvalidField(field + ".interval_coverage",
                        absl::StrCat(parameters.interval_coverage(), " is not in (0, 1)"));
  }
  return CheckTiers(parameters, field + ".tiers");
}

}  // namespace

absl::Status ValidateLifetimeValue(const LifetimeValueParameters& parameters, const DatasetSpec& dataset,
                                   absl::string_view field_name) {
  const std::string field(field_name);
  if (FindPurchaseLikelihood(parameters.purchase_model()) == nullptr) {
    return InvalidField(field + ".purchase_model",
                        absl::StrCat(static_cast<int>(parameters.purchase_model()), " is no model"));
  }
  if (dataset.features_size() < kHistoryFeatures) {
    return InvalidField("dataset.features",
                        "cannot hold a purchase history; add btyd_frequency, btyd_recency_weeks, "
                        "btyd_age_weeks and btyd_monetary_value, or features of the same definition");
  }
  CLIENTELE_RETURN_IF_ERROR(CheckCovariates(parameters.purchase_covariates(), dataset, field + ".purchase_covariates"));
  CLIENTELE_RETURN_IF_ERROR(CheckCovariates(parameters.dropout_covariates(), dataset, field + ".dropout_covariates"));
  CLIENTELE_RETURN_IF_ERROR(CheckCovariates(parameters.spend_covariates(), dataset, field + ".spend_covariates"));
  if (!(parameters.covariate_l2_penalty() >= 0 && std::isfinite(parameters.covariate_l2_penalty()))) {
    return InvalidField(field + ".covariate_l2_penalty",
                        absl::StrCat(parameters.covariate_l2_penalty(), " is not a finite number, 0 or more"));
  }
  CLIENTELE_RETURN_IF_ERROR(CheckTerms(parameters, field));
  CLIENTELE_RETURN_IF_ERROR(
      CheckCount(parameters.bootstrap_replicates(), 20, kMostIterations, field + ".bootstrap_replicates"));
  CLIENTELE_RETURN_IF_ERROR(CheckCount(parameters.max_iterations(), 1, kMostIterations, field + ".max_iterations"));
  const std::string& historic = parameters.historic_value_feature();
  if (historic.empty() || Has(dataset.features(), historic)) return absl::OkStatus();
  return InvalidField(field + ".historic_value_feature",
                      absl::StrCat("\"", historic, "\" is not in dataset.features; add it"));
}

LifetimeValueParameters WithDefaults(LifetimeValueParameters parameters) {
  if (parameters.purchase_model() == LifetimeValueParameters::PURCHASE_MODEL_UNSPECIFIED) {
    parameters.set_purchase_model(LifetimeValueParameters::PURCHASE_MODEL_BG_NBD);
  }
  if (parameters.horizon_days() == 0) parameters.set_horizon_days(365);
  if (!parameters.has_annual_discount_rate()) parameters.set_annual_discount_rate(0.10);
  if (!parameters.has_margin()) parameters.set_margin(1);
  if (parameters.interval_coverage() == 0) parameters.set_interval_coverage(0.95);
  if (parameters.max_iterations() == 0) parameters.set_max_iterations(100);
  if (!parameters.tiers().empty()) return parameters;
  const struct {
    const char* name;
    double from;
  } tiers[] = {{"standard", 0}, {"silver", 50}, {"gold", 80}, {"platinum", 95}};
  for (const auto& [name, from] : tiers) {
    auto& tier = *parameters.add_tiers();
    tier.set_name(name);
    tier.set_at_least_percentile(from);
  }
  return parameters;
}

}  // namespace clientele::training
