// RetentionService over gRPC.
#pragma once

#include "clientele/ingestion/v1/retention_service.grpc.pb.h"
#include "common/base/executor.h"
#include "services/ingestion/retention/retention.h"

namespace clientele::ingestion {

// Thread-safe. All it is given must outlive it.
class RetentionService final : public v1::RetentionService::CallbackService {
 public:
  RetentionService(Retention& retention, Executor& executor) : retention_(retention), executor_(executor) {}

  grpc::ServerUnaryReactor* GetRetentionPolicy(grpc::CallbackServerContext* context,
                                               const v1::GetRetentionPolicyRequest* request,
                                               v1::RetentionPolicy* response) override;
  grpc::ServerUnaryReactor* UpdateRetentionPolicy(grpc::CallbackServerContext* context,
                                                  const v1::UpdateRetentionPolicyRequest* request,
                                                  v1::RetentionPolicy* response) override;
  grpc::ServerUnaryReactor* PreviewRetention(grpc::CallbackServerContext* context,
                                             const v1::PreviewRetentionRequest* request,
                                             v1::PreviewRetentionResponse* response) override;
  grpc::ServerUnaryReactor* ListRetentionRuns(grpc::CallbackServerContext* context,
                                              const v1::ListRetentionRunsRequest* request,
                                              v1::ListRetentionRunsResponse* response) override;

 private:
  Retention& retention_;
  Executor& executor_;
};

}  // namespace clientele::ingestion
