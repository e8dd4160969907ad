#include "services/training/due_version_client.h"

#include <grpcpp/client_context.h>

#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"
#include "services/training/peer_calls.h"

namespace clientele::training {

absl::StatusOr<std::vector<inference::v1::DueVersion>> DueVersionClient::List(const TenantId& tenant,
                                                                              const StopToken& stop) {
  inference::v1::ListDueVersionsRequest request;
  request.set_parent(FormatTenant(tenant));
  inference::v1::ListDueVersionsResponse response;
  grpc::ClientContext context;
  const rpc::Call call = CallUntil(stop);
  rpc::Prepare(context, timeout_, &call);
  CLIENTELE_RETURN_IF_ERROR(rpc::FromGrpc(stub_->ListDueVersions(&context, request, &response)));
  return std::vector<inference::v1::DueVersion>(response.due_versions().begin(), response.due_versions().end());
}

}  // namespace clientele::training
