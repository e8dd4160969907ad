// The registry as all ranks of a job see it: the first one asks it, and tells the others what it said.
#pragma once

#include <optional>
#include <string>

#include "services/training/communicator/communicator.h"
#include "services/training/worker/peers.h"

namespace clientele::training {

// Every rank makes the same calls in the same order. Thread-compatible.
class SharedRegistry final : public ModelRegistry {
 public:
  // `registry` is asked on the first rank, and may be null elsewhere. Both must outlive it.
  SharedRegistry(ModelRegistry* registry, Communicator& ranks) : registry_(registry), ranks_(ranks) {}

  absl::StatusOr<std::optional<inference::v1::ModelVersion>> Champion(const TenantId& tenant, absl::string_view model,
                                                                      const StopToken& stop) override;
  absl::StatusOr<std::string> Artifact(absl::string_view version, const StopToken& stop) override;
  absl::StatusOr<inference::v1::ModelVersion> Publish(
      const inference::v1::PublishModelVersionRequest::Header& header, absl::string_view artifact,
      const StopToken& stop) override;

 private:
  bool is_first() const { return ranks_.rank() == 0; }

  ModelRegistry* const registry_;
  Communicator& ranks_;
};

}  // namespace clientele::training
