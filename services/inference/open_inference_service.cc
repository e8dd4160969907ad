#include "services/inference/open_inference_service.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/rpc/unary.h"

namespace clientele::inference {

grpc::ServerUnaryReactor* OpenInferenceService::ServerLive(grpc::CallbackServerContext* context,
                                                           const ::inference::ServerLiveRequest* /*request*/,
                                                           ::inference::ServerLiveResponse* response) {
  return rpc::UnaryInline(context, [response](const rpc::Call&) {
    response->set_live(true);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OpenInferenceService::ServerReady(grpc::CallbackServerContext* context,
                                                            const ::inference::ServerReadyRequest* /*request*/,
                                                            ::inference::ServerReadyResponse* response) {
  return rpc::UnaryInline(context, [this, response](const rpc::Call&) {
    response->set_ready(ready_);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OpenInferenceService::ModelReady(grpc::CallbackServerContext* context,
                                                           const ::inference::ModelReadyRequest* request,
                                                           ::inference::ModelReadyResponse* response) {
  return rpc::UnaryInline(context, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const bool ready, protocol_.IsReady(*request));
    response->set_ready(ready);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OpenInferenceService::ServerMetadata(grpc::CallbackServerContext* context,
                                                               const ::inference::ServerMetadataRequest* /*request*/,
                                                               ::inference::ServerMetadataResponse* response) {
  return rpc::UnaryInline(context, [this, response](const rpc::Call&) {
    *response = protocol_.ServerMetadata();
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OpenInferenceService::ModelMetadata(grpc::CallbackServerContext* context,
                                                              const ::inference::ModelMetadataRequest* request,
                                                              ::inference::ModelMetadataResponse* response) {
  return rpc::UnaryInline(context, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(*response, protocol_.ModelMetadata(*request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* OpenInferenceService::ModelInfer(grpc::CallbackServerContext* context,
                                                           const ::inference::ModelInferRequest* request,
                                                           ::inference::ModelInferResponse* response) {
  auto infer = [this, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(*response, protocol_.Infer(call, *request));
    return absl::OkStatus();
  };
  if (OpenInference::IsBrief(*request)) return rpc::UnaryInline(context, std::move(infer));
  return rpc::Unary(context, calls_, std::move(infer));
}

}  // namespace clientele::inference
