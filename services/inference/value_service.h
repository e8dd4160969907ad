// ValueService over gRPC.
#pragma once

#include "clientele/inference/v1/value_service.grpc.pb.h"
#include "common/base/executor.h"
#include "services/inference/value/value_engine.h"
#include "services/inference/value/value_settings_book.h"

namespace clientele::inference {

// Thread-safe. All it is given must outlive it; calls run on `calls`.
class ValueService final : public v1::ValueService::CallbackService {
 public:
  ValueService(ValueSettingsBook& settings, const ValueEngine& engine, Executor& calls)
      : settings_(settings), engine_(engine), calls_(calls) {}

  grpc::ServerUnaryReactor* GetValueSettings(grpc::CallbackServerContext* context,
                                             const v1::GetValueSettingsRequest* request,
                                             v1::ValueSettings* response) override;
  grpc::ServerUnaryReactor* UpdateValueSettings(grpc::CallbackServerContext* context,
                                                const v1::UpdateValueSettingsRequest* request,
                                                v1::ValueSettings* response) override;
  grpc::ServerUnaryReactor* ListValueSettingsRevisions(grpc::CallbackServerContext* context,
                                                       const v1::ListValueSettingsRevisionsRequest* request,
                                                       v1::ListValueSettingsRevisionsResponse* response) override;
  grpc::ServerUnaryReactor* ComputePotentialValues(grpc::CallbackServerContext* context,
                                                   const v1::ComputePotentialValuesRequest* request,
                                                   v1::ComputePotentialValuesResponse* response) override;
  grpc::ServerUnaryReactor* ComputePortfolioValue(grpc::CallbackServerContext* context,
                                                  const v1::ComputePortfolioValueRequest* request,
                                                  v1::ComputePortfolioValueResponse* response) override;

 private:
  absl::Status ListRevisions(const v1::ListValueSettingsRevisionsRequest& request,
                             v1::ListValueSettingsRevisionsResponse& response) const;

  ValueSettingsBook& settings_;
  const ValueEngine& engine_;
  Executor& calls_;
};

}  // namespace clientele::inference
