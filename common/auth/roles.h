// Roles, and the methods they open. What a method asks for stands beside it in the proto, as an option.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/common/v1/access.pb.h"

namespace clientele::auth {

using Role = common::v1::Role;

// A set of roles.
class Roles {
 public:
  Roles() = default;
  static Roles All();

  void Add(Role role) { bits_ |= 1u << role; }
  void Merge(const Roles& other) { bits_ |= other.bits_; }
  bool Has(Role role) const { return (bits_ & (1u << role)) != 0; }
  bool empty() const { return bits_ == 0; }

  friend bool operator==(const Roles&, const Roles&) = default;

 private:
  uint32_t bits_ = 0;
};

// From "ingester", "tenant_admin". INVALID_ARGUMENT: no such role; the message lists those there are.
absl::StatusOr<Roles> ParseRoles(absl::Span<const std::string> names);
// As ParseRoles reads them.
std::vector<std::string> RoleNames(const Roles& roles);

// The roles that may call "package.Service/Method", by its option; none for a method without one.
Roles AllowedRoles(absl::string_view method);

// Of the services' methods ("package.Service"), those of which the audit log keeps every call, by their option.
std::set<std::string, std::less<>> AuditedMethods(const std::vector<std::string>& services);

// Whether a holder of `held` may call what `allowed` may: one role in common, or a tenant's administrator.
bool Permits(const Roles& allowed, const Roles& held);

}  // namespace clientele::auth
