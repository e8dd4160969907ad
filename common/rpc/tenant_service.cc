#include "common/rpc/tenant_service.h"

#include "common/auth/tenant_file.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/observability/log.h"
#include "common/rpc/actor.h"
#include "common/rpc/caller.h"
#include "common/rpc/unary.h"

namespace clientele::rpc {

namespace v1 = admin::v1;

absl::Status TenantService::WantFile() const {
  if (tenants_ != nullptr) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kNotConfigured,
               "this server has no file of tenants: set auth.tenants_file");
}

grpc::ServerUnaryReactor* TenantService::CreateTenant(grpc::CallbackServerContext* context,
                                                      const v1::CreateTenantRequest* request, v1::Tenant* response) {
  return Unary(context, executor_, [=, this](const Call& call) -> absl::Status {
    CLIENTELE_RETURN_IF_ERROR(CheckIsOfPlatform(*context, "tenants are made"));
    CLIENTELE_RETURN_IF_ERROR(WantFile());
    CLIENTELE_ASSIGN_OR_RETURN(
        *response, auth::CreateInTenantFile(file_, request->tenant_id(), request->tenant(), clock_.Now()));
    ReadAgain();
    observability::Log(observability::LogLevel::kInfo, "tenant created",
                       {{"tenant", response->name()}, {"by", ActorOf(call, context->peer())}});
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* TenantService::GetTenant(grpc::CallbackServerContext* context,
                                                   const v1::GetTenantRequest* request, v1::Tenant* response) {
  return Unary(context, executor_, [=, this](const Call&) -> absl::Status {
    CLIENTELE_RETURN_IF_ERROR(WantFile());
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId id, ParseTenantName("name", request->name()));
    CLIENTELE_ASSIGN_OR_RETURN(*response, tenants_->Get(clock_.Now())->Get(id.value()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* TenantService::ListTenants(grpc::CallbackServerContext* context,
                                                     const v1::ListTenantsRequest*, v1::ListTenantsResponse* response) {
  return Unary(context, executor_, [=, this](const Call&) -> absl::Status {
    CLIENTELE_RETURN_IF_ERROR(WantFile());
    *response = tenants_->Get(clock_.Now())->List();
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* TenantService::UpdateTenant(grpc::CallbackServerContext* context,
                                                      const v1::UpdateTenantRequest* request, v1::Tenant* response) {
  return Unary(context, executor_, [=, this](const Call& call) -> absl::Status {
    CLIENTELE_RETURN_IF_ERROR(CheckIsOfPlatform(*context, "tenants are changed"));
    CLIENTELE_RETURN_IF_ERROR(WantFile());
    CLIENTELE_ASSIGN_OR_RETURN(*response, auth::UpdateInTenantFile(file_, *request, clock_.Now()));
    ReadAgain();
    observability::Log(observability::LogLevel::kInfo, "tenant changed",
                       {{"tenant", response->name()},
                        {"state", v1::Tenant::State_Name(response->state())},
                        {"by", ActorOf(call, context->peer())}});
    return absl::OkStatus();
  });
}

}  // namespace clientele::rpc
