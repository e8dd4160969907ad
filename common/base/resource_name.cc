#include "common/base/resource_name.h"

#include <algorithm>
#include <optional>

#include "absl/container/inlined_vector.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele {
namespace {

std::string PercentEncode(absl::string_view id) {
  std::string encoded;
  for (const char c : id) {
    const auto u = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(u) || c == '.' || c == '_' || c == '~' || c == '-') {
      encoded += c;
    } else {
      absl::StrAppend(&encoded, "%", absl::AsciiStrToUpper(absl::BytesToHexString(absl::string_view(&c, 1))));
    }
  }
  return encoded;
}

std::optional<std::string> PercentDecode(absl::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size() || !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1])) ||
        !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 2]))) {
      return std::nullopt;
    }
    decoded += absl::HexStringToBytes(text.substr(i + 1, 2));
    i += 2;
  }
  return decoded;
}

constexpr absl::string_view kCustomer = "{customer}";

// Takes the part up to the next slash off the front of `rest`, and that slash; nothing is left after the last.
absl::string_view TakePart(std::optional<absl::string_view>& rest) {
  const size_t size = std::min(rest->find('/'), rest->size());
  const absl::string_view part = rest->substr(0, size);
  if (size == rest->size()) {
    rest = std::nullopt;
  } else {
    rest->remove_prefix(size + 1);
  }
  return part;
}

using Variables = absl::InlinedVector<std::string, 3>;

// The variable parts of `name`, where it has the form of `pattern`: "tenants/*/models/*",
// "tenants/*/customers/{customer}".
absl::StatusOr<Variables> Match(absl::string_view field, absl::string_view name, absl::string_view pattern) {
  const auto bad = [&] {
    return InvalidField(field, name.empty() ? absl::StrCat("required; it has the form ", pattern)
                                            : absl::StrCat("\"", name, "\" has not the form ", pattern));
  };
  Variables variables;
  std::optional<absl::string_view> names = name, patterns = pattern;
  while (names.has_value() && patterns.has_value()) {
    const absl::string_view part = TakePart(names), wanted = TakePart(patterns);
    if (wanted != "*" && wanted != kCustomer) {
      if (part != wanted) return bad();
      continue;
    }
    if (part.empty()) return bad();
    // Only a customer's id may hold what has to be encoded. Elsewhere it would be a second spelling of the same name.
    if (!absl::StrContains(part, '%')) {
      variables.emplace_back(part);
      continue;
    }
    std::optional<std::string> decoded = wanted == kCustomer ? PercentDecode(part) : std::nullopt;
    if (!decoded || decoded->empty()) return bad();
    variables.push_back(*std::move(decoded));
  }
  if (names.has_value() || patterns.has_value()) return bad();
  return variables;
}

absl::StatusOr<TenantId> ParseTenant(absl::string_view field, absl::string_view id) {
  if (!IsResourceId(id)) return InvalidField(field, absl::StrCat("tenant \"", id, "\" is not [a-z][a-z0-9-]{0,62}"));
  return TenantId::Parse(id);
}

}  // namespace

absl::StatusOr<TenantId> ParseTenantName(absl::string_view field, absl::string_view name) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto parts, Match(field, name, "tenants/*"));
  return ParseTenant(field, parts[0]);
}

absl::StatusOr<TenantId> ParseSingletonName(absl::string_view field, absl::string_view name,
                                            absl::string_view singleton) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto parts, Match(field, name, absl::StrCat("tenants/*/", singleton)));
  return ParseTenant(field, parts[0]);
}

absl::StatusOr<CustomerName> ParseCustomerName(absl::string_view field, absl::string_view name) {
  CLIENTELE_ASSIGN_OR_RETURN(auto parts, Match(field, name, "tenants/*/customers/{customer}"));
  CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, ParseTenant(field, parts[0]));
  return CustomerName{std::move(tenant), std::move(parts[1])};
}

absl::StatusOr<ModelName> ParseModelName(absl::string_view field, absl::string_view name) {
  CLIENTELE_ASSIGN_OR_RETURN(auto parts, Match(field, name, "tenants/*/models/*"));
  CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, ParseTenant(field, parts[0]));
  return ModelName{std::move(tenant), std::move(parts[1])};
}

absl::StatusOr<VersionName> ParseVersionName(absl::string_view field, absl::string_view name) {
  CLIENTELE_ASSIGN_OR_RETURN(auto parts, Match(field, name, "tenants/*/models/*/versions/*"));
  CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, ParseTenant(field, parts[0]));
  int64_t version = 0;
  if (!absl::SimpleAtoi(parts[2], &version) || version < 1 || absl::StrCat(version) != parts[2]) {
    return InvalidField(field, absl::StrCat("version \"", parts[2], "\" is not a whole number from 1 on"));
  }
  return VersionName{std::move(tenant), std::move(parts[1]), version};
}

absl::StatusOr<AliasName> ParseAliasName(absl::string_view field, absl::string_view name) {
  CLIENTELE_ASSIGN_OR_RETURN(auto parts, Match(field, name, "tenants/*/models/*/aliases/*"));
  CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, ParseTenant(field, parts[0]));
  if (!IsResourceId(parts[2])) {
    return InvalidField(field, absl::StrCat("alias \"", parts[2], "\" is not [a-z][a-z0-9-]{0,62}"));
  }
  return AliasName{std::move(tenant), std::move(parts[1]), std::move(parts[2])};
}

absl::StatusOr<TrainingJobName> ParseTrainingJobName(absl::string_view field, absl::string_view name) {
  CLIENTELE_ASSIGN_OR_RETURN(auto parts, Match(field, name, "tenants/*/trainingJobs/*"));
  CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, ParseTenant(field, parts[0]));
  return TrainingJobName{std::move(tenant), std::move(parts[1])};
}

absl::StatusOr<RetrainScheduleName> ParseRetrainScheduleName(absl::string_view field, absl::string_view name) {
  CLIENTELE_ASSIGN_OR_RETURN(auto parts, Match(field, name, "tenants/*/retrainSchedules/*"));
  CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, ParseTenant(field, parts[0]));
  return RetrainScheduleName{std::move(tenant), std::move(parts[1])};
}

absl::StatusOr<RescoreScheduleName> ParseRescoreScheduleName(absl::string_view field, absl::string_view name) {
  CLIENTELE_ASSIGN_OR_RETURN(auto parts, Match(field, name, "tenants/*/rescoreSchedules/*"));
  CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, ParseTenant(field, parts[0]));
  return RescoreScheduleName{std::move(tenant), std::move(parts[1])};
}

absl::StatusOr<RescoreJobName> ParseRescoreJobName(absl::string_view field, absl::string_view name) {
  CLIENTELE_ASSIGN_OR_RETURN(auto parts, Match(field, name, "tenants/*/rescoreJobs/*"));
  CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, ParseTenant(field, parts[0]));
  return RescoreJobName{std::move(tenant), std::move(parts[1])};
}

absl::StatusOr<ModelCustomerName> ParseModelCustomerName(absl::string_view field, absl::string_view name,
                                                         absl::string_view collection) {
  CLIENTELE_ASSIGN_OR_RETURN(auto parts,
                             Match(field, name, absl::StrCat("tenants/*/models/*/", collection, "/", kCustomer)));
  CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, ParseTenant(field, parts[0]));
  return ModelCustomerName{std::move(tenant), std::move(parts[1]), std::move(parts[2])};
}

std::string FormatTenant(const TenantId& tenant) { return absl::StrCat("tenants/", tenant.value()); }

std::string FormatCustomer(const TenantId& tenant, absl::string_view customer_id) {
  return absl::StrCat(FormatTenant(tenant), "/customers/", PercentEncode(customer_id));
}

std::string FormatFeature(const TenantId& tenant, absl::string_view feature) {
  return absl::StrCat(FormatTenant(tenant), "/features/", feature);
}

std::string FormatModel(const TenantId& tenant, absl::string_view model) {
  return absl::StrCat(FormatTenant(tenant), "/models/", model);
}

std::string FormatVersion(const TenantId& tenant, absl::string_view model, int64_t version) {
  return absl::StrCat(FormatModel(tenant, model), "/versions/", version);
}

std::string FormatAlias(const TenantId& tenant, absl::string_view model, absl::string_view alias) {
  return absl::StrCat(FormatModel(tenant, model), "/aliases/", alias);
}

std::string FormatTrainingJob(const TenantId& tenant, absl::string_view job) {
  return absl::StrCat(FormatTenant(tenant), "/trainingJobs/", job);
}

std::string FormatRetrainSchedule(const TenantId& tenant, absl::string_view schedule) {
  return absl::StrCat(FormatTenant(tenant), "/retrainSchedules/", schedule);
}

std::string FormatRescoreSchedule(const TenantId& tenant, absl::string_view schedule) {
  return absl::StrCat(FormatTenant(tenant), "/rescoreSchedules/", schedule);
}

std::string FormatRescoreJob(const TenantId& tenant, absl::string_view job) {
  return absl::StrCat(FormatTenant(tenant), "/rescoreJobs/", job);
}

std::string FormatModelCustomer(const ModelCustomerName& name, absl::string_view collection) {
  return absl::StrCat(FormatModel(name.tenant, name.model), "/", collection, "/", PercentEncode(name.customer_id));
}

}  // namespace clientele
