// TimeZoneSource over ingestion's SettingsService.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "clientele/ingestion/v1/settings_service.grpc.pb.h"
#include "services/inference/quality/time_zone_source.h"

namespace clientele::inference {

// Thread-safe. A request waits at most `timeout`, and never longer than its caller.
class SettingsClient final : public TimeZoneSource {
 public:
  SettingsClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout)
      : stub_(ingestion::v1::SettingsService::NewStub(channel)), timeout_(timeout) {}

  absl::StatusOr<std::string> TimeZone(const TenantId& tenant, const rpc::Call& call) override;

 private:
  const std::unique_ptr<ingestion::v1::SettingsService::Stub> stub_;
  const absl::Duration timeout_;
};

}  // namespace clientele::inference
