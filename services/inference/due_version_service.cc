#include "services/inference/due_version_service.h"

#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/unary.h"
#include "services/inference/privacy/due_versions.h"

namespace clientele::inference {

grpc::ServerUnaryReactor* DueVersionService::ListDueVersions(grpc::CallbackServerContext* context,
                                                             const v1::ListDueVersionsRequest* request,
                                                             v1::ListDueVersionsResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(const auto versions, DueVersions(followed_, tenant, request->show_replaced()));
    *response->mutable_due_versions() = {versions.begin(), versions.end()};
    return absl::OkStatus();
  });
}

}  // namespace clientele::inference
