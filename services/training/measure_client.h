// MeasureSource over inference's ModelService and MonitoringService.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <optional>

#include "clientele/inference/v1/model_service.grpc.pb.h"
#include "clientele/inference/v1/monitoring_service.grpc.pb.h"
#include "services/training/schedules/measure_source.h"

namespace clientele::training {

// Thread-safe. A call lasts as long as its caller lets it.
class MeasureClient final : public MeasureSource {
 public:
  explicit MeasureClient(const std::shared_ptr<grpc::Channel>& channel)
      : models_(inference::v1::ModelService::NewStub(channel)),
        monitoring_(inference::v1::MonitoringService::NewStub(channel)) {}

  absl::StatusOr<std::optional<inference::v1::ModelVersion>> Champion(const TenantId& tenant, absl::string_view model,
                                                                      const StopToken& stop) override;
  absl::StatusOr<inference::v1::DriftReport> Drift(absl::string_view version, absl::Time since,
                                                   const StopToken& stop) override;
  absl::StatusOr<inference::v1::OutcomeReport> Outcomes(const TenantId& tenant, absl::string_view model,
                                                        absl::Time since, const StopToken& stop) override;

 private:
  const std::unique_ptr<inference::v1::ModelService::Stub> models_;
  const std::unique_ptr<inference::v1::MonitoringService::Stub> monitoring_;
};

}  // namespace clientele::training
