// inference.GRPCInferenceService, the Open Inference Protocol, over gRPC.
#pragma once

#include <atomic>

#include "common/base/executor.h"
#include "inference/open_inference_service.grpc.pb.h"
#include "services/inference/open_inference/open_inference.h"

namespace clientele::inference {

// Thread-safe. All it is given must outlive it. ModelInfer of many rows runs on `calls`, the rest where gRPC calls it.
class OpenInferenceService final : public ::inference::GRPCInferenceService::CallbackService {
 public:
  OpenInferenceService(const OpenInference& protocol, Executor& calls) : protocol_(protocol), calls_(calls) {}

  grpc::ServerUnaryReactor* ServerLive(grpc::CallbackServerContext* context,
                                       const ::inference::ServerLiveRequest* request,
                                       ::inference::ServerLiveResponse* response) override;
  grpc::ServerUnaryReactor* ServerReady(grpc::CallbackServerContext* context,
                                        const ::inference::ServerReadyRequest* request,
                                        ::inference::ServerReadyResponse* response) override;
  grpc::ServerUnaryReactor* ModelReady(grpc::CallbackServerContext* context,
                                       const ::inference::ModelReadyRequest* request,
                                       ::inference::ModelReadyResponse* response) override;
  grpc::ServerUnaryReactor* ServerMetadata(grpc::CallbackServerContext* context,
                                           const ::inference::ServerMetadataRequest* request,
                                           ::inference::ServerMetadataResponse* response) override;
  grpc::ServerUnaryReactor* ModelMetadata(grpc::CallbackServerContext* context,
                                          const ::inference::ModelMetadataRequest* request,
                                          ::inference::ModelMetadataResponse* response) override;
  grpc::ServerUnaryReactor* ModelInfer(grpc::CallbackServerContext* context,
                                       const ::inference::ModelInferRequest* request,
                                       ::inference::ModelInferResponse* response) override;

  // From now on ServerReady says so: what is named is loaded.
  void Ready() { ready_ = true; }

 private:
  const OpenInference& protocol_;
  Executor& calls_;
  std::atomic<bool> ready_{false};
};

}  // namespace clientele::inference
