// What is said of a model as a whole: its display name, what it is for, and which of its versions are kept loaded.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "common/base/resource_name.h"
#include "common/storage/version_store.h"
#include "services/inference/registry/catalogue.h"

namespace clientele::inference {

// What the model's scores are for; empty: no purpose of its own, or no such model.
std::string PurposeOf(const Model& model);
std::string PurposeOf(const Catalogue& catalogue, const TenantId& tenant, absl::string_view model);

// As it is told: the latest 3 where nothing else was said.
v1::VersionPolicy PolicyOf(const Model& model);

// The versions the policy asks for.
std::set<int64_t> VersionsOfPolicy(const Model& model);

std::string SettingsEtag(const Model& model);

// The model's settings after `request`. INVALID_ARGUMENT naming the path, or the field of the policy. NOT_FOUND: a
// version that the policy names is not there. ABORTED (ETAG_MISMATCH).
absl::StatusOr<ModelSettings> PlanSettings(const Model& model, const ModelName& name,
                                           const v1::UpdateModelRequest& request, absl::Time now);

storage::StoredDocument Encode(const ModelSettings& settings);
// DATA_LOSS.
absl::StatusOr<ModelSettings> Decode(const storage::StoredDocument& document);

}  // namespace clientele::inference
