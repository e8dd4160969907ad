// Keys, quotas and usage, for those who run the server: served on a port of its own (see AdminService's proto).
#pragma once

#include <string>

#include "clientele/admin/v1/admin_service.grpc.pb.h"
#include "common/auth/tenant_table.h"
#include "common/auth/watched_file.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/ids.h"
#include "common/quota/meter.h"

namespace clientele::rpc {

// Thread-safe. The meter, the watched file and the clock must outlive it.
class AdminService final : public admin::v1::AdminService::CallbackService {
 public:
  // `api_keys_file`: "" where there is none. `tenants`: null where any tenant is served.
  AdminService(std::string api_keys_file, auth::WatchedFile<auth::TenantTable>* tenants, quota::Meter& meter,
               const Clock& clock)
      : api_keys_file_(std::move(api_keys_file)), tenants_(tenants), meter_(meter), clock_(clock) {}

  grpc::ServerUnaryReactor* CreateApiKey(grpc::CallbackServerContext* context,
                                         const admin::v1::CreateApiKeyRequest* request,
                                         admin::v1::CreateApiKeyResponse* response) override;
  grpc::ServerUnaryReactor* ListApiKeys(grpc::CallbackServerContext* context,
                                        const admin::v1::ListApiKeysRequest* request,
                                        admin::v1::ListApiKeysResponse* response) override;
  grpc::ServerUnaryReactor* RevokeApiKey(grpc::CallbackServerContext* context,
                                         const admin::v1::RevokeApiKeyRequest* request,
                                         admin::v1::ApiKey* response) override;
  grpc::ServerUnaryReactor* GetTenantQuota(grpc::CallbackServerContext* context,
                                           const admin::v1::GetTenantQuotaRequest* request,
                                           admin::v1::TenantQuota* response) override;
  grpc::ServerUnaryReactor* UpdateTenantQuota(grpc::CallbackServerContext* context,
                                              const admin::v1::UpdateTenantQuotaRequest* request,
                                              admin::v1::TenantQuota* response) override;
  grpc::ServerUnaryReactor* ListTenantQuotas(grpc::CallbackServerContext* context,
                                             const admin::v1::ListTenantQuotasRequest* request,
                                             admin::v1::ListTenantQuotasResponse* response) override;
  grpc::ServerUnaryReactor* GetTenantUsage(grpc::CallbackServerContext* context,
                                           const admin::v1::GetTenantUsageRequest* request,
                                           admin::v1::TenantUsage* response) override;
  grpc::ServerUnaryReactor* ListTenantUsages(grpc::CallbackServerContext* context,
                                             const admin::v1::ListTenantUsagesRequest* request,
                                             admin::v1::ListTenantUsagesResponse* response) override;

 private:
  absl::Status WantKeyFile() const;
  // Where the server has a file of tenants, only they have keys.
  absl::Status CheckTenantExists(const TenantId& tenant) const;

  const std::string api_keys_file_;
  auth::WatchedFile<auth::TenantTable>* const tenants_;
  quota::Meter& meter_;
  const Clock& clock_;
  Executor executor_{/*max_threads=*/4, /*max_queued=*/64};  // Files are written and synced.
};

}  // namespace clientele::rpc
