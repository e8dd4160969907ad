// The tenants there are. Kept as the JSON of a ListTenantsResponse, so that what an operator writes, what the RPC
// answers and what the command prints are the same:
//
//   {"tenants": [{"name": "tenants/acme", "display_name": "Acme GmbH", "state": "STATE_ACTIVE"}]}
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clientele/admin/v1/tenant_service.pb.h"

namespace clientele::auth {

// A value: copied, changed and written back.
class TenantTable {
 public:
  // INVALID_ARGUMENT: not such JSON, or a tenant that is none. "" is a table without tenants.
  static absl::StatusOr<TenantTable> Parse(absl::string_view text);
  std::string Format() const;

  // As it is told, with its etag. NOT_FOUND with TENANT_NOT_FOUND.
  absl::StatusOr<admin::v1::Tenant> Get(absl::string_view id) const;
  // By id, with etags.
  admin::v1::ListTenantsResponse List() const;

  // What now is. INVALID_ARGUMENT names the field; ALREADY_EXISTS with TENANT_EXISTS.
  absl::StatusOr<admin::v1::Tenant> Create(absl::string_view id, const admin::v1::Tenant& tenant, absl::Time now);
  // `change` with its name and, where it has one, its etag. INVALID_ARGUMENT names the field; NOT_FOUND with
  // TENANT_NOT_FOUND; ABORTED with ETAG_MISMATCH.
  absl::StatusOr<admin::v1::Tenant> Update(const admin::v1::UpdateTenantRequest& request, absl::Time now);

  // Whether the tenant may be served. NOT_FOUND with TENANT_NOT_FOUND; FAILED_PRECONDITION with TENANT_SUSPENDED.
  absl::Status Admit(absl::string_view id) const;

 private:
  std::map<std::string, admin::v1::Tenant, std::less<>> tenants_;  // By id, without names and etags.
};

}  // namespace clientele::auth
