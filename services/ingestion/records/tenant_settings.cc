#include "services/ingestion/records/tenant_settings.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "services/ingestion/records/currencies.h"
#include "services/ingestion/records/phone_regions.h"
#include "services/ingestion/records/tenant_context.h"

namespace clientele::ingestion {
namespace {

using v1::Settings;

constexpr absl::string_view kPaths[] = {"base_currency", "time_zone", "phone_region", "exchange_rates",
                                        "train_on_opted_out"};

// The paths an update changes, by AIP-134: no mask means what is set, * means everything.
absl::StatusOr<std::vector<absl::string_view>> PathsOf(const v1::UpdateSettingsRequest& request) {
  const Settings& settings = request.settings();
  std::vector<absl::string_view> paths;
  if (!request.has_update_mask()) {
    if (!settings.base_currency().empty()) paths.push_back("base_currency");
    if (!settings.time_zone().empty()) paths.push_back("time_zone");
    if (!settings.phone_region().empty()) paths.push_back("phone_region");
    if (settings.exchange_rates_size() > 0) paths.push_back("exchange_rates");
    if (settings.train_on_opted_out()) paths.push_back("train_on_opted_out");
    return paths;
  }
  for (const std::string& path : request.update_mask().paths()) {
    if (path == "*") return std::vector<absl::string_view>(std::begin(kPaths), std::end(kPaths));
    const auto known = std::find(std::begin(kPaths), std::end(kPaths), path);
    if (known == std::end(kPaths)) {
      return InvalidField("update_mask", absl::StrCat("\"", path,
                                                      "\" cannot be updated; allowed: base_currency, "
                                                      "time_zone, phone_region, exchange_rates, train_on_opted_out, *"));
    }
    paths.push_back(*known);
  }
  return paths;
}

void CopyField(absl::string_view path, const Settings& from, const Settings& defaults, Settings& to) {
  if (path == "base_currency") {
    to.set_base_currency(from.base_currency().empty() ? defaults.base_currency() : from.base_currency());
  } else if (path == "time_zone") {
    to.set_time_zone(from.time_zone().empty() ? defaults.time_zone() : from.time_zone());
  } else if (path == "phone_region") {
    to.set_phone_region(from.phone_region().empty() ? defaults.phone_region() : from.phone_region());
  } else if (path == "train_on_opted_out") {
    to.set_train_on_opted_out(from.train_on_opted_out());
  } else {
    *to.mutable_exchange_rates() = from.exchange_rates();
  }
}

absl::Status Check(const Settings& settings) {
  if (!IsCurrency(settings.base_currency())) {
    return InvalidField("settings.base_currency",
                        absl::StrCat("\"", settings.base_currency(), "\" is not an ISO 4217 code, such as EUR"));
  }
  if (!IsRegionCode(settings.phone_region())) {
    return InvalidField(
        "settings.phone_region",
        absl::StrCat("\"", settings.phone_region(), "\" is not an ISO 3166-1 code of two capital letters, such as DE"));
  }
  if (settings.exchange_rates_size() > kMaxExchangeRates) {
    return InvalidField("settings.exchange_rates", absl::StrCat("more than ", kMaxExchangeRates, " rates"));
  }
  for (const v1::ExchangeRate& rate : settings.exchange_rates()) {
    if (rate.currency_code() == settings.base_currency()) {
      return InvalidField("settings.exchange_rates", absl::StrCat("a rate for the base currency, ",
                                                                  settings.base_currency(), ", which is always 1"));
    }
  }
  return TenantContext::Make(settings).status();
}

}  // namespace

Settings DefaultSettings(const TenantId& tenant) {
  Settings settings;
  settings.set_name(absl::StrCat(FormatTenant(tenant), "/settings"));
  settings.set_base_currency("USD");
  settings.set_time_zone("UTC");
  settings.set_phone_region("US");
  return settings;
}

absl::StatusOr<Settings> ApplyUpdate(const Settings& current, const v1::UpdateSettingsRequest& request) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<absl::string_view> paths, PathsOf(request));
  CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant,
                             ParseSingletonName("settings.name", request.settings().name(), "settings"));
  const Settings defaults = DefaultSettings(tenant);
  Settings updated = current;
  for (const absl::string_view path : paths) CopyField(path, request.settings(), defaults, updated);
  CLIENTELE_RETURN_IF_ERROR(Check(updated));
  return updated;
}

std::string MakeEtag(const Settings& settings) { return absl::BytesToHexString(Hash128(settings.SerializeAsString())); }

}  // namespace clientele::ingestion
