// The file of tenants as its administrators see it: they are made and changed in it, by the command and by the servers,
// also at the same time. Who serves tenants watches it (watched_file.h).
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clientele/admin/v1/tenant_service.pb.h"
#include "common/auth/tenant_table.h"

namespace clientele::auth {

// A file that is not there yet has no tenants. INVALID_ARGUMENT: it is none of tenants.
absl::StatusOr<TenantTable> ReadTenantFile(const std::string& path);

// See TenantTable for the errors; UNAVAILABLE: it cannot be written.
absl::StatusOr<admin::v1::Tenant> CreateInTenantFile(const std::string& path, absl::string_view id,
                                                     const admin::v1::Tenant& tenant, absl::Time now);
absl::StatusOr<admin::v1::Tenant> UpdateInTenantFile(const std::string& path,
                                                     const admin::v1::UpdateTenantRequest& request, absl::Time now);

}  // namespace clientele::auth
