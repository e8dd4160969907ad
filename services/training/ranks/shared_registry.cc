#include "services/training/ranks/shared_registry.h"

#include <utility>

#include "clientele/training/v1/rank_task.pb.h"
#include "common/base/status_macros.h"
#include "services/training/from_first.h"

namespace clientele::training {

using inference::v1::ModelVersion;

absl::StatusOr<std::optional<ModelVersion>> SharedRegistry::Champion(const TenantId& tenant, absl::string_view model,
                                                                     const StopToken& stop) {
  std::optional<ModelVersion> champion;
  absl::Status status;
  if (is_first()) {
    auto said = registry_->Champion(tenant, model, stop);
    status = said.status();
    if (said.ok()) champion = *std::move(said);
  }
  ModelVersion version = champion.value_or(ModelVersion());  // One without a name: there is none.
  CLIENTELE_RETURN_IF_ERROR(ShareFromFirst(status, version, ranks_));
  if (is_first()) return champion;
  return version.name().empty() ? std::nullopt : std::optional(std::move(version));
}

absl::StatusOr<std::string> SharedRegistry::Artifact(absl::string_view version, const StopToken& stop) {
  v1::ArtifactBytes artifact;
  absl::Status status;
  if (is_first()) {
    auto said = registry_->Artifact(version, stop);
    status = said.status();
    if (said.ok()) artifact.set_bytes(*std::move(said));
  }
  CLIENTELE_RETURN_IF_ERROR(ShareFromFirst(status, artifact, ranks_));
  return std::move(*artifact.mutable_bytes());
}

absl::StatusOr<ModelVersion> SharedRegistry::Publish(const inference::v1::PublishModelVersionRequest::Header& header,
                                                     absl::string_view artifact, const StopToken& stop) {
  ModelVersion version;
  absl::Status status;
  if (is_first()) {
    auto said = registry_->Publish(header, artifact, stop);
    status = said.status();
    if (said.ok()) version = *std::move(said);
  }
  CLIENTELE_RETURN_IF_ERROR(ShareFromFirst(status, version, ranks_));
  return version;
}

}  // namespace clientele::training
