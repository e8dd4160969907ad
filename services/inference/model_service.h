// ModelService over gRPC.
#pragma once

#include "clientele/inference/v1/model_service.grpc.pb.h"
#include "common/base/executor.h"
#include "services/inference/registry/registry.h"

namespace clientele::inference {

// Thread-safe. All it is given must outlive it. Unary calls run on `calls`, streams on `streams`, a thread each.
class ModelService final : public v1::ModelService::CallbackService {
 public:
  ModelService(Registry& registry, Executor& calls, Executor& streams)
      : registry_(registry), calls_(calls), streams_(streams) {}

  grpc::ServerReadReactor<v1::PublishModelVersionRequest>* PublishModelVersion(grpc::CallbackServerContext* context,
                                                                               v1::ModelVersion* response) override;
  grpc::ServerWriteReactor<v1::ExportModelVersionResponse>* ExportModelVersion(
      grpc::CallbackServerContext* context, const v1::ExportModelVersionRequest* request) override;
  grpc::ServerUnaryReactor* GetModel(grpc::CallbackServerContext* context, const v1::GetModelRequest* request,
                                     v1::Model* response) override;
  grpc::ServerUnaryReactor* ListModels(grpc::CallbackServerContext* context, const v1::ListModelsRequest* request,
                                       v1::ListModelsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateModel(grpc::CallbackServerContext* context, const v1::UpdateModelRequest* request,
                                        v1::Model* response) override;
  grpc::ServerUnaryReactor* DeleteModelVersion(grpc::CallbackServerContext* context,
                                               const v1::DeleteModelVersionRequest* request,
                                               v1::ModelVersion* response) override;
  grpc::ServerUnaryReactor* GetModelVersion(grpc::CallbackServerContext* context,
                                            const v1::GetModelVersionRequest* request,
                                            v1::ModelVersion* response) override;
  grpc::ServerUnaryReactor* ListModelVersions(grpc::CallbackServerContext* context,
                                              const v1::ListModelVersionsRequest* request,
                                              v1::ListModelVersionsResponse* response) override;
  grpc::ServerUnaryReactor* GetModelCard(grpc::CallbackServerContext* context, const v1::GetModelCardRequest* request,
                                         clientele::model::v1::ModelCard* response) override;
  grpc::ServerUnaryReactor* SetModelAlias(grpc::CallbackServerContext* context, const v1::SetModelAliasRequest* request,
                                          v1::ModelAlias* response) override;
  grpc::ServerUnaryReactor* RollbackModelAlias(grpc::CallbackServerContext* context,
                                               const v1::RollbackModelAliasRequest* request,
                                               v1::ModelAlias* response) override;
  grpc::ServerUnaryReactor* GetModelAlias(grpc::CallbackServerContext* context, const v1::GetModelAliasRequest* request,
                                          v1::ModelAlias* response) override;
  grpc::ServerUnaryReactor* ListModelAliasChanges(grpc::CallbackServerContext* context,
                                                  const v1::ListModelAliasChangesRequest* request,
                                                  v1::ListModelAliasChangesResponse* response) override;
  grpc::ServerUnaryReactor* GetModelTraffic(grpc::CallbackServerContext* context,
                                            const v1::GetModelTrafficRequest* request,
                                            v1::ModelTraffic* response) override;
  grpc::ServerUnaryReactor* UpdateModelTraffic(grpc::CallbackServerContext* context,
                                               const v1::UpdateModelTrafficRequest* request,
                                               v1::ModelTraffic* response) override;
  grpc::ServerWriteReactor<v1::WatchModelsResponse>* WatchModels(grpc::CallbackServerContext* context,
                                                                 const v1::WatchModelsRequest* request) override;

 private:
  Registry& registry_;
  Executor& calls_;
  Executor& streams_;
};

}  // namespace clientele::inference
