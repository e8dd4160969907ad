// What the command asks of inference's OverrideService.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "clientele/inference/v1/override_service.pb.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

// Thread-safe. Every call: the server's error, or UNAVAILABLE with what to do where nobody answers.
class OverrideClient {
 public:
  static absl::StatusOr<std::unique_ptr<OverrideClient>> Connect(const ServiceOptions& options);
  ~OverrideClient();

  absl::StatusOr<inference::v1::ScoreOverride> Set(const inference::v1::SetScoreOverrideRequest& request);
  absl::StatusOr<inference::v1::ScoreOverride> Get(const inference::v1::GetScoreOverrideRequest& request);
  absl::StatusOr<inference::v1::ListScoreOverridesResponse> List(
      const inference::v1::ListScoreOverridesRequest& request);
  absl::StatusOr<inference::v1::ScoreOverride> Delete(const inference::v1::DeleteScoreOverrideRequest& request);
  absl::StatusOr<inference::v1::ListScoreOverrideChangesResponse> ListChanges(
      const inference::v1::ListScoreOverrideChangesRequest& request);

 private:
  struct Impl;
  explicit OverrideClient(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace clientele::cli
