#include "services/inference/quality_service.h"

#include "common/base/status_macros.h"
#include "common/rpc/unary.h"

namespace clientele::inference {

grpc::ServerUnaryReactor* QualityService::GetQualityHistory(grpc::CallbackServerContext* context,
                                                            const v1::GetQualityHistoryRequest* request,
                                                            v1::QualityHistory* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(*response, reports_.Get(call, *request));
    return absl::OkStatus();
  });
}

}  // namespace clientele::inference
