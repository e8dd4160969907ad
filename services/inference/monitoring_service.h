// MonitoringService over gRPC.
#pragma once

#include "clientele/inference/v1/monitoring_service.grpc.pb.h"
#include "common/base/executor.h"
#include "services/inference/monitoring/reports.h"

namespace clientele::inference {

// Thread-safe. All it is given must outlive it.
class MonitoringService final : public v1::MonitoringService::CallbackService {
 public:
  MonitoringService(const Reports& reports, Executor& calls) : reports_(reports), calls_(calls) {}

  grpc::ServerUnaryReactor* GetShadowReport(grpc::CallbackServerContext* context,
                                            const v1::GetShadowReportRequest* request,
                                            v1::ShadowReport* response) override;
  grpc::ServerUnaryReactor* GetOutcomeReport(grpc::CallbackServerContext* context,
                                             const v1::GetOutcomeReportRequest* request,
                                             v1::OutcomeReport* response) override;
  grpc::ServerUnaryReactor* GetDriftReport(grpc::CallbackServerContext* context,
                                           const v1::GetDriftReportRequest* request,
                                           v1::DriftReport* response) override;

 private:
  const Reports& reports_;
  Executor& calls_;
};

}  // namespace clientele::inference
