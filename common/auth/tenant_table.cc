#include "common/auth/tenant_table.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "google/protobuf/util/json_util.h"

namespace clientele::auth {
namespace {

using admin::v1::Tenant;

constexpr size_t kMostLabels = 64, kLongestLabel = 63, kLongestDisplayName = 200, kEtagDigits = 16;
constexpr absl::string_view kPaths[] = {"display_name", "state", "labels"};

absl::Status NotFound(absl::string_view id) {
  return Error(absl::StatusCode::kNotFound, ErrorReason::kTenantNotFound,
               absl::StrCat("there is no tenant ", id, "; clientele tenants create makes one"));
}

bool IsLabelKey(absl::string_view key) {
  if (key.empty() || key.size() > kLongestLabel || !absl::ascii_islower(static_cast<unsigned char>(key[0]))) {
    return false;
  }
  return absl::c_all_of(key, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return absl::ascii_islower(byte) || absl::ascii_isdigit(byte) || c == '-' || c == '_';
  });
}

absl::Status Check(const Tenant& tenant) {
  if (tenant.display_name().size() > kLongestDisplayName) {
    return InvalidField("tenant.display_name", absl::StrCat("is longer than ", kLongestDisplayName, " bytes"));
  }
  if (!Tenant::State_IsValid(tenant.state())) return InvalidField("tenant.state", "is neither active nor suspended");
  if (static_cast<size_t>(tenant.labels_size()) > kMostLabels) {
    return InvalidField("tenant.labels", absl::StrCat("are more than ", kMostLabels));
  }
  for (const auto& [key, value] : tenant.labels()) {
    if (!IsLabelKey(key)) {
      return InvalidField("tenant.labels", absl::StrCat("the key \"", key, "\" is not [a-z][a-z0-9_-]{0,62}"));
    }
    if (value.size() > kLongestLabel) {
      return InvalidField("tenant.labels", absl::StrCat("the value of ", key, " is longer than ", kLongestLabel));
    }
  }
  return absl::OkStatus();
}

std::string EtagOf(const Tenant& tenant) {
  std::map<std::string, std::string> labels(tenant.labels().begin(), tenant.labels().end());
  std::string text = absl::StrCat(tenant.state(), "\n", tenant.display_name().size(), "\n", tenant.display_name());
  for (const auto& [key, value] : labels) absl::StrAppend(&text, "\n", key, "=", value.size(), "\n", value);
  return Sha256Hex(text).substr(0, kEtagDigits);
}

Tenant Described(absl::string_view id, const Tenant& tenant) {
  Tenant described = tenant;
  described.set_name(absl::StrCat("tenants/", id));
  described.set_etag(EtagOf(tenant));
  return described;
}

// Without what is not kept.
Tenant Kept(Tenant tenant) {
  tenant.clear_name();
  tenant.clear_etag();
  if (tenant.state() == Tenant::STATE_UNSPECIFIED) tenant.set_state(Tenant::STATE_ACTIVE);
  return tenant;
}

// The fields an update changes, by AIP-134: no mask means what is set, * means everything.
absl::StatusOr<std::vector<absl::string_view>> PathsOf(const admin::v1::UpdateTenantRequest& request) {
  std::vector<absl::string_view> paths;
  if (!request.has_update_mask()) {
    if (!request.tenant().display_name().empty()) paths.push_back("display_name");
    if (request.tenant().state() != Tenant::STATE_UNSPECIFIED) paths.push_back("state");
    if (!request.tenant().labels().empty()) paths.push_back("labels");
    return paths;
  }
  for (const std::string& path : request.update_mask().paths()) {
    if (path == "*") return std::vector<absl::string_view>(std::begin(kPaths), std::end(kPaths));
    if (!absl::c_linear_search(kPaths, path)) {
      return InvalidField("update_mask", absl::StrCat("\"", path, "\" cannot be updated; allowed: display_name, state, "
                                                                   "labels, *"));
    }
    paths.push_back(path);
  }
  return paths;
}

}  // namespace

absl::StatusOr<TenantTable> TenantTable::Parse(absl::string_view text) {
  TenantTable table;
  if (absl::StripAsciiWhitespace(text).empty()) return table;
  admin::v1::ListTenantsResponse file;
  const auto status = google::protobuf::util::JsonStringToMessage(std::string(text), &file);
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a file of tenants, {\"tenants\": [{\"name\": \"tenants/acme\", ...}]}: ",
                     absl::string_view(status.message().data(), status.message().size())));
  }
  for (Tenant& tenant : *file.mutable_tenants()) {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId id, ParseTenantName("name", tenant.name()));
    CLIENTELE_RETURN_IF_ERROR(Check(tenant));
    const bool is_new = table.tenants_.try_emplace(id.value(), Kept(std::move(tenant))).second;
    if (!is_new) return InvalidField("name", absl::StrCat("tenants/", id.value(), " is there twice"));
  }
  return table;
}

std::string TenantTable::Format() const {
  admin::v1::ListTenantsResponse file = List();
  for (Tenant& tenant : *file.mutable_tenants()) tenant.clear_etag();
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string text;
  const bool printed = google::protobuf::util::MessageToJsonString(file, &text, options).ok();
  return printed ? text : "";  // Names, labels and times always print.
}

absl::StatusOr<Tenant> TenantTable::Get(absl::string_view id) const {
  const auto it = tenants_.find(id);
  if (it == tenants_.end()) return NotFound(id);
  return Described(id, it->second);
}

admin::v1::ListTenantsResponse TenantTable::List() const {
  admin::v1::ListTenantsResponse list;
  for (const auto& [id, tenant] : tenants_) *list.add_tenants() = Described(id, tenant);
  return list;
}

absl::StatusOr<Tenant> TenantTable::Create(absl::string_view id, const Tenant& tenant, absl::Time now) {
  if (!IsResourceId(id)) {
    return InvalidField("tenant_id", absl::StrCat("\"", id, "\" is not [a-z][a-z0-9-]{0,62}"));
  }
  CLIENTELE_RETURN_IF_ERROR(Check(tenant));
  Tenant created = Kept(tenant);
  *created.mutable_create_time() = ToProto(now);
  *created.mutable_update_time() = ToProto(now);
  const auto [it, is_new] = tenants_.try_emplace(std::string(id), std::move(created));
  if (!is_new) {
    return Error(absl::StatusCode::kAlreadyExists, ErrorReason::kTenantExists,
                 absl::StrCat("there is a tenant ", id, " already"));
  }
  return Described(id, it->second);
}

absl::StatusOr<Tenant> TenantTable::Update(const admin::v1::UpdateTenantRequest& request, absl::Time now) {
  const Tenant& change = request.tenant();
  CLIENTELE_ASSIGN_OR_RETURN(const TenantId id, ParseTenantName("tenant.name", change.name()));
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<absl::string_view> paths, PathsOf(request));
  CLIENTELE_RETURN_IF_ERROR(Check(change));
  const auto it = tenants_.find(id.value());
  if (it == tenants_.end()) return NotFound(id.value());
  Tenant& tenant = it->second;
  if (!change.etag().empty() && change.etag() != EtagOf(tenant)) {
    return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
                 absl::StrCat("tenant ", id.value(), " has changed; read it again"));
  }
  for (const absl::string_view path : paths) {
    if (path == "display_name") tenant.set_display_name(change.display_name());
    if (path == "state") tenant.set_state(change.state());
    if (path == "labels") *tenant.mutable_labels() = change.labels();
  }
  tenant = Kept(std::move(tenant));
  *tenant.mutable_update_time() = ToProto(now);
  return Described(id.value(), tenant);
}

absl::Status TenantTable::Admit(absl::string_view id) const {
  const auto it = tenants_.find(id);
  if (it == tenants_.end()) return NotFound(id);
  if (it->second.state() != Tenant::STATE_SUSPENDED) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kTenantSuspended,
               absl::StrCat("tenant ", id, " is suspended; an operator of the platform can resume it"));
}

}  // namespace clientele::auth
