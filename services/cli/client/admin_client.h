// What the command asks of a server's administration: keys, quotas and usage. Every program has one, where
// admin.address says.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "clientele/admin/v1/admin_service.pb.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

// Thread-safe. Every call: the server's error, or UNAVAILABLE with what to do where nobody answers.
class AdminClient {
 public:
  static absl::StatusOr<std::unique_ptr<AdminClient>> Connect(const ServiceOptions& options);
  ~AdminClient();

  absl::StatusOr<admin::v1::CreateApiKeyResponse> CreateApiKey(const admin::v1::CreateApiKeyRequest& request);
  absl::StatusOr<admin::v1::ListApiKeysResponse> ListApiKeys(const admin::v1::ListApiKeysRequest& request);
  absl::StatusOr<admin::v1::ApiKey> RevokeApiKey(const admin::v1::RevokeApiKeyRequest& request);

  absl::StatusOr<admin::v1::TenantQuota> GetTenantQuota(const admin::v1::GetTenantQuotaRequest& request);
  absl::StatusOr<admin::v1::TenantQuota> UpdateTenantQuota(const admin::v1::UpdateTenantQuotaRequest& request);
  absl::StatusOr<admin::v1::ListTenantQuotasResponse> ListTenantQuotas();

  absl::StatusOr<admin::v1::TenantUsage> GetTenantUsage(const admin::v1::GetTenantUsageRequest& request);
  absl::StatusOr<admin::v1::ListTenantUsagesResponse> ListTenantUsages();

 private:
  struct Impl;
  explicit AdminClient(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace clientele::cli
