#include "common/auth/roles.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"

namespace clientele::auth {
namespace {

constexpr absl::string_view kPrefix = "ROLE_";

std::string NameOf(Role role) { return absl::AsciiStrToLower(absl::StripPrefix(common::v1::Role_Name(role), kPrefix)); }

}  // namespace

Roles Roles::All() {
  Roles all;
  for (int role = common::v1::Role_MIN + 1; role <= common::v1::Role_MAX; ++role) all.Add(static_cast<Role>(role));
  return all;
}

absl::StatusOr<Roles> ParseRoles(absl::Span<const std::string> names) {
  Roles roles;
  for (const std::string& name : names) {
    Role role = common::v1::ROLE_UNSPECIFIED;
    const bool known = common::v1::Role_Parse(absl::StrCat(kPrefix, absl::AsciiStrToUpper(name)), &role);
    if (!known || role == common::v1::ROLE_UNSPECIFIED || name != NameOf(role)) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", name, "\" is no role; there are: ", absl::StrJoin(RoleNames(Roles::All()), ", ")));
    }
    roles.Add(role);
  }
  return roles;
}

std::vector<std::string> RoleNames(const Roles& roles) {
  std::vector<std::string> names;
  for (int value = common::v1::Role_MIN + 1; value <= common::v1::Role_MAX; ++value) {
    const Role role = static_cast<Role>(value);
    if (roles.Has(role)) names.push_back(NameOf(role));
  }
  return names;
}

Roles AllowedRoles(absl::string_view method) {
  const std::string name = absl::StrReplaceAll(absl::StripPrefix(method, "/"), {{"/", "."}});
  const google::protobuf::MethodDescriptor* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
  Roles roles;
  if (descriptor == nullptr) return roles;
  // The Open Inference Protocol's proto is as it was published, without options of ours.
  if (descriptor->file()->package() == "inference") roles.Add(common::v1::ROLE_SCORER);
  const common::v1::Access& access = descriptor->options().GetExtension(common::v1::access);
  for (const int role : access.roles()) roles.Add(static_cast<Role>(role));
  return roles;
}

std::set<std::string, std::less<>> AuditedMethods(const std::vector<std::string>& services) {
  std::set<std::string, std::less<>> methods;
  for (const std::string& name : services) {
    const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    if (service == nullptr) continue;
    for (int i = 0; i < service->method_count(); ++i) {
      const common::v1::Access& access = service->method(i)->options().GetExtension(common::v1::access);
      if (access.audit() != common::v1::AUDIT_EVERY_CALL) continue;
      methods.insert(absl::StrCat(name, "/", service->method(i)->name()));
    }
  }
  return methods;
}

bool Permits(const Roles& allowed, const Roles& held) {
  if (allowed.empty()) return false;
  if (held.Has(common::v1::ROLE_TENANT_ADMIN)) return true;
  for (int role = common::v1::Role_MIN + 1; role <= common::v1::Role_MAX; ++role) {
    if (allowed.Has(static_cast<Role>(role)) && held.Has(static_cast<Role>(role))) return true;
  }
  return false;
}

}  // namespace clientele::auth
