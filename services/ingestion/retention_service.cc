#include "services/ingestion/retention_service.h"

#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/unary.h"

namespace clientele::ingestion {

grpc::ServerUnaryReactor* RetentionService::GetRetentionPolicy(grpc::CallbackServerContext* context,
                                                               const v1::GetRetentionPolicyRequest* request,
                                                               v1::RetentionPolicy* response) {
  return rpc::Unary(context, executor_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseSingletonName("name", request->name(), "retentionPolicy"));
    CLIENTELE_ASSIGN_OR_RETURN(*response, retention_.Get(tenant));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RetentionService::UpdateRetentionPolicy(grpc::CallbackServerContext* context,
                                                                  const v1::UpdateRetentionPolicyRequest* request,
                                                                  v1::RetentionPolicy* response) {
  return rpc::Unary(context, executor_, [this, request, response](const rpc::Call&) -> absl::Status {
    const v1::RetentionPolicy& policy = request->retention_policy();
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant,
                               ParseSingletonName("retention_policy.name", policy.name(), "retentionPolicy"));
    CLIENTELE_ASSIGN_OR_RETURN(*response, retention_.Set(tenant, policy));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RetentionService::PreviewRetention(grpc::CallbackServerContext* context,
                                                             const v1::PreviewRetentionRequest* request,
                                                             v1::PreviewRetentionResponse* response) {
  return rpc::Unary(context, executor_, [this, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(*response, retention_.Preview(tenant, request->rules(), call.stop));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* RetentionService::ListRetentionRuns(grpc::CallbackServerContext* context,
                                                              const v1::ListRetentionRunsRequest* request,
                                                              v1::ListRetentionRunsResponse* response) {
  return rpc::Unary(context, executor_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(std::vector<v1::RetentionRun> runs, retention_.Runs(tenant));
    for (v1::RetentionRun& run : runs) *response->add_retention_runs() = std::move(run);
    return absl::OkStatus();
  });
}

}  // namespace clientele::ingestion
