// Model versions to and from inference's ModelService.
#pragma once

#include <grpcpp/channel.h>

#include <memory>

#include "absl/time/time.h"
#include "clientele/inference/v1/model_service.grpc.pb.h"
#include "services/training/worker/peers.h"

namespace clientele::training {

// Thread-safe. While inference is away each call is tried again, twice at most; publishing carries a request id.
class ModelClient final : public ModelRegistry {
 public:
  // `timeout` is for one call.
  ModelClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout);

  absl::StatusOr<std::optional<inference::v1::ModelVersion>> Champion(const TenantId& tenant, absl::string_view model,
                                                                      const StopToken& stop) override;
  absl::StatusOr<std::string> Artifact(absl::string_view version, const StopToken& stop) override;
  absl::StatusOr<inference::v1::ModelVersion> Publish(
      const inference::v1::PublishModelVersionRequest::Header& header, absl::string_view artifact,
      const StopToken& stop) override;

 private:
  absl::StatusOr<std::string> ExportOnce(const inference::v1::ExportModelVersionRequest& request, const StopToken& stop);
  absl::Status PublishOnce(const inference::v1::PublishModelVersionRequest::Header& header, absl::string_view artifact,
                           const StopToken& stop, inference::v1::ModelVersion& version);

  const std::unique_ptr<inference::v1::ModelService::Stub> stub_;
  const absl::Duration timeout_;
};

}  // namespace clientele::training
