// DueVersionSource over inference's DueVersionService.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "clientele/inference/v1/due_version_service.grpc.pb.h"
#include "services/training/schedules/due_version_source.h"

namespace clientele::training {

// Thread-safe.
class DueVersionClient final : public DueVersionSource {
 public:
  // `timeout` is for one call.
  DueVersionClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout)
      : stub_(inference::v1::DueVersionService::NewStub(channel)), timeout_(timeout) {}

  absl::StatusOr<std::vector<inference::v1::DueVersion>> List(const TenantId& tenant, const StopToken& stop) override;

 private:
  const std::unique_ptr<inference::v1::DueVersionService::Stub> stub_;
  const absl::Duration timeout_;
};

}  // namespace clientele::training
