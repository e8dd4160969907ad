// OverrideService over gRPC.
#pragma once

#include "clientele/inference/v1/override_service.grpc.pb.h"
#include "common/base/executor.h"
#include "services/inference/overrides/override_book.h"
#include "services/inference/registry/registry.h"

namespace clientele::inference {

// Thread-safe.
class OverrideService final : public v1::OverrideService::CallbackService {
 public:
  // All must outlive it.
  OverrideService(OverrideBook& overrides, const Registry& registry, Executor& calls)
      : overrides_(overrides), registry_(registry), calls_(calls) {}

  grpc::ServerUnaryReactor* SetScoreOverride(grpc::CallbackServerContext* context,
                                             const v1::SetScoreOverrideRequest* request,
                                             v1::ScoreOverride* response) override;
  grpc::ServerUnaryReactor* GetScoreOverride(grpc::CallbackServerContext* context,
                                             const v1::GetScoreOverrideRequest* request,
                                             v1::ScoreOverride* response) override;
  grpc::ServerUnaryReactor* ListScoreOverrides(grpc::CallbackServerContext* context,
                                               const v1::ListScoreOverridesRequest* request,
                                               v1::ListScoreOverridesResponse* response) override;
  grpc::ServerUnaryReactor* DeleteScoreOverride(grpc::CallbackServerContext* context,
                                                const v1::DeleteScoreOverrideRequest* request,
                                                v1::ScoreOverride* response) override;
  grpc::ServerUnaryReactor* ListScoreOverrideChanges(grpc::CallbackServerContext* context,
                                                     const v1::ListScoreOverrideChangesRequest* request,
                                                     v1::ListScoreOverrideChangesResponse* response) override;

 private:
  absl::Status List(const v1::ListScoreOverridesRequest& request, v1::ListScoreOverridesResponse& response) const;
  absl::Status ListChanges(const v1::ListScoreOverrideChangesRequest& request,
                           v1::ListScoreOverrideChangesResponse& response) const;

  OverrideBook& overrides_;
  const Registry& registry_;
  Executor& calls_;
};

}  // namespace clientele::inference
