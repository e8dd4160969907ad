// QualityService over gRPC.
#pragma once

#include "clientele/inference/v1/quality_service.grpc.pb.h"
#include "common/base/executor.h"
#include "services/inference/quality/quality_reports.h"

namespace clientele::inference {

// Thread-safe. All it is given must outlive it.
class QualityService final : public v1::QualityService::CallbackService {
 public:
  QualityService(const QualityReports& reports, Executor& calls) : reports_(reports), calls_(calls) {}

  grpc::ServerUnaryReactor* GetQualityHistory(grpc::CallbackServerContext* context,
                                              const v1::GetQualityHistoryRequest* request,
                                              v1::QualityHistory* response) override;

 private:
  const QualityReports& reports_;
  Executor& calls_;
};

}  // namespace clientele::inference
