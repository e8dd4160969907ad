#include "services/inference/monitoring_service.h"

#include "common/base/status_macros.h"
#include "common/rpc/unary.h"

namespace clientele::inference {

grpc::ServerUnaryReactor* MonitoringService::GetShadowReport(grpc::CallbackServerContext* context,
                                                             const v1::GetShadowReportRequest* request,
                                                             v1::ShadowReport* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(*response, reports_.Shadow(*request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* MonitoringService::GetOutcomeReport(grpc::CallbackServerContext* context,
                                                              const v1::GetOutcomeReportRequest* request,
                                                              v1::OutcomeReport* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(*response, reports_.Outcomes(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* MonitoringService::GetDriftReport(grpc::CallbackServerContext* context,
                                                            const v1::GetDriftReportRequest* request,
                                                            v1::DriftReport* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(*response, reports_.Drift(*request));
    return absl::OkStatus();
  });
}

}  // namespace clientele::inference
