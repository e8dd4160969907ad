#include "services/inference/value/value_settings.h"

#include <cmath>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"

namespace clientele::inference {
namespace {

using v1::ValueSettings;

constexpr int kMostTerms = 50;
constexpr int kMostTiers = 20;
constexpr size_t kMostTierBytes = 64;
constexpr size_t kMostFeatureBytes = 256;
constexpr size_t kMostReasonBytes = 1024;

absl::Status CheckWeight(absl::string_view field, double weight) {
  if (std::isfinite(weight) && weight >= 0) return absl::OkStatus();
  return InvalidField(field, absl::StrCat(weight, " is not a number of 0 or more"));
}

absl::Status CheckComponent(absl::string_view field, const ValueSettings::Component& component) {
  if (component.terms_size() > kMostTerms) {
    return InvalidField(absl::StrCat(field, ".terms"),
                        absl::StrCat("are ", component.terms_size(), "; allowed: ", kMostTerms));
  }
  std::set<std::string> seen;
  for (int i = 0; i < component.terms_size(); ++i) {
    const auto& term = component.terms(i);
    const std::string here = absl::StrCat(field, ".terms[", i, "]");
    if (term.feature().empty() || term.feature().size() > kMostFeatureBytes) {
      return InvalidField(absl::StrCat(here, ".feature"), "is required: the name of a feature that is a number");
    }
    if (!seen.insert(term.feature()).second) {
      return InvalidField(absl::StrCat(here, ".feature"), absl::StrCat("\"", term.feature(), "\" comes twice"));
    }
    if (!std::isfinite(term.factor())) return InvalidField(absl::StrCat(here, ".factor"), "is not a finite number");
  }
  return absl::OkStatus();
}

// What was seen of the rules of one model.
struct RulesSoFar {
  std::set<std::string> tiers;
  double lowest = 100;
};

absl::Status CheckTier(absl::string_view field, const TenantId& tenant, const v1::TierRule& rule, RulesSoFar& so_far) {
  if (rule.tier().empty() || rule.tier().size() > kMostTierBytes) {
    return InvalidField(absl::StrCat(field, ".tier"), absl::StrCat("must have 1 to ", kMostTierBytes, " bytes"));
  }
  const double percentile = rule.at_least_percentile();
  if (!(percentile >= 0 && percentile <= 100)) {
    return InvalidField(absl::StrCat(field, ".at_least_percentile"), absl::StrCat(percentile, " is not 0 to 100"));
  }
  if (!rule.model().empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const ModelName model, ParseModelName(absl::StrCat(field, ".model"), rule.model()));
    if (model.tenant != tenant) return InvalidField(absl::StrCat(field, ".model"), "is another tenant's");
  }
  if (!so_far.tiers.insert(rule.tier()).second) {
    return InvalidField(absl::StrCat(field, ".tier"),
                        absl::StrCat("\"", rule.tier(), "\" comes twice for the same model"));
  }
  if (percentile > so_far.lowest) {
    return InvalidField(absl::StrCat(field, ".at_least_percentile"),
                        absl::StrCat(percentile, " is above that of the rule before, ", so_far.lowest,
                                     ", and so it would never hold; write the highest tier first"));
  }
  so_far.lowest = percentile;
  return absl::OkStatus();
}

absl::Status CheckTiers(absl::string_view field, const TenantId& tenant, const ValueSettings& settings) {
  if (settings.tiers_size() > kMostTiers) {
    return InvalidField(field, absl::StrCat("are ", settings.tiers_size(), "; allowed: ", kMostTiers));
  }
  std::map<std::string, RulesSoFar> by_model;
  for (int i = 0; i < settings.tiers_size(); ++i) {
    const v1::TierRule& rule = settings.tiers(i);
    CLIENTELE_RETURN_IF_ERROR(CheckTier(absl::StrCat(field, "[", i, "]"), tenant, rule, by_model[rule.model()]));
  }
  return absl::OkStatus();
}

absl::Status CheckCurrency(absl::string_view field, const std::string& code) {
  const bool is_code =
      code.size() == 3 && absl::ascii_isupper(code[0]) && absl::ascii_isupper(code[1]) && absl::ascii_isupper(code[2]);
  if (code.empty() || is_code) return absl::OkStatus();
  return InvalidField(field, absl::StrCat("\"", code, "\" is not three capital letters"));
}

void AddTerm(const char* feature, double factor, ValueSettings::Component& component) {
  auto& term = *component.add_terms();
  term.set_feature(feature);
  term.set_factor(factor);
}

}  // namespace

ValueSettings DefaultValueSettings(const TenantId& tenant) {
  ValueSettings settings;
  settings.set_name(ValueSettingsName(tenant));
  settings.set_alpha(0.5);
  settings.set_beta(0.3);
  settings.set_gamma(0.2);
  AddTerm("spend_365d", 1, *settings.mutable_purchase());
  AddTerm("referrals", 50, *settings.mutable_referral());
  AddTerm("logins_90d", 1, *settings.mutable_maintenance());
  AddTerm("visits_90d", 1, *settings.mutable_maintenance());
  AddTerm("satisfied_feedbacks", 5, *settings.mutable_maintenance());
  settings.set_etag(ValueSettingsEtag(settings));
  return settings;
}

absl::Status ValidateValueSettings(absl::string_view field, const TenantId& tenant, const ValueSettings& settings) {
  const auto at = [field](absl::string_view part) { return absl::StrCat(field, ".", part); };
  CLIENTELE_RETURN_IF_ERROR(CheckWeight(at("alpha"), settings.alpha()));
  CLIENTELE_RETURN_IF_ERROR(CheckWeight(at("beta"), settings.beta()));
  CLIENTELE_RETURN_IF_ERROR(CheckWeight(at("gamma"), settings.gamma()));
  CLIENTELE_RETURN_IF_ERROR(CheckComponent(at("purchase"), settings.purchase()));
  CLIENTELE_RETURN_IF_ERROR(CheckComponent(at("referral"), settings.referral()));
  CLIENTELE_RETURN_IF_ERROR(CheckComponent(at("maintenance"), settings.maintenance()));
  CLIENTELE_RETURN_IF_ERROR(CheckTiers(at("tiers"), tenant, settings));
  CLIENTELE_RETURN_IF_ERROR(CheckCurrency(at("currency_code"), settings.currency_code()));
  if (settings.reason().size() <= kMostReasonBytes) return absl::OkStatus();
  return InvalidField(at("reason"), absl::StrCat("has more than ", kMostReasonBytes, " bytes"));
}

std::string ValueSettingsName(const TenantId& tenant) { return absl::StrCat(FormatTenant(tenant), "/valueSettings"); }

std::string ValueSettingsEtag(const ValueSettings& settings) {
  ValueSettings rest = settings;
  rest.clear_etag();
  return Sha256Hex(rest.SerializeAsString()).substr(0, 16);
}

}  // namespace clientele::inference
