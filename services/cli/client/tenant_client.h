// What the command asks of a server's administration about the tenants there are.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "clientele/admin/v1/tenant_service.pb.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

// Thread-safe. Every call: the server's error, or UNAVAILABLE with what to do where nobody answers.
class TenantClient {
 public:
  static absl::StatusOr<std::unique_ptr<TenantClient>> Connect(const ServiceOptions& options);
  ~TenantClient();

  absl::StatusOr<admin::v1::Tenant> CreateTenant(const admin::v1::CreateTenantRequest& request);
  absl::StatusOr<admin::v1::Tenant> GetTenant(const admin::v1::GetTenantRequest& request);
  absl::StatusOr<admin::v1::ListTenantsResponse> ListTenants();
  absl::StatusOr<admin::v1::Tenant> UpdateTenant(const admin::v1::UpdateTenantRequest& request);

 private:
  struct Impl;
  explicit TenantClient(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace clientele::cli
