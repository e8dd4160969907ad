// The tenants there are, for those who run the servers: served beside AdminService.
#pragma once

#include <memory>
#include <string>

#include "clientele/admin/v1/tenant_service.grpc.pb.h"
#include "common/auth/tenant_table.h"
#include "common/auth/watched_file.h"
#include "common/base/clock.h"
#include "common/base/executor.h"

namespace clientele::rpc {

// Thread-safe. The watched file and the clock must outlive it.
class TenantService final : public admin::v1::TenantService::CallbackService {
 public:
  // `file` is the one that `tenants` watches; "" and null where there is none.
  TenantService(std::string file, auth::WatchedFile<auth::TenantTable>* tenants, const Clock& clock)
      : file_(std::move(file)), tenants_(tenants), clock_(clock) {}

  grpc::ServerUnaryReactor* CreateTenant(grpc::CallbackServerContext* context,
                                         const admin::v1::CreateTenantRequest* request,
                                         admin::v1::Tenant* response) override;
  grpc::ServerUnaryReactor* GetTenant(grpc::CallbackServerContext* context, const admin::v1::GetTenantRequest* request,
                                      admin::v1::Tenant* response) override;
  grpc::ServerUnaryReactor* ListTenants(grpc::CallbackServerContext* context,
                                        const admin::v1::ListTenantsRequest* request,
                                        admin::v1::ListTenantsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateTenant(grpc::CallbackServerContext* context,
                                         const admin::v1::UpdateTenantRequest* request,
                                         admin::v1::Tenant* response) override;

 private:
  absl::Status WantFile() const;
  // It has just been written: what this server does to the tenant follows at once.
  void ReadAgain() const { tenants_->Get(absl::InfiniteFuture()); }

  const std::string file_;
  auth::WatchedFile<auth::TenantTable>* const tenants_;
  const Clock& clock_;
  Executor executor_{/*max_threads=*/2, /*max_queued=*/64};  // Files are written and synced.
};

}  // namespace clientele::rpc
