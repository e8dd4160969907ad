// A tenant's own features: checked against the catalogue, kept by the store, for ever.
#pragma once

#include "absl/status/statusor.h"
#include "clientele/common/v1/feature.pb.h"
#include "common/base/ids.h"
#include "common/storage/record_store.h"

namespace clientele::features {

// Keeps the definition, durably, and returns it as it is kept; the same one again is returned as it was kept first.
// INVALID_ARGUMENT naming the field under `path`; ALREADY_EXISTS, FEATURE_EXISTS where the name, built-in ones
// included, means something else; errors of the store.
absl::StatusOr<common::v1::FeatureDefinition> CreateFeature(storage::RecordStore& store, const TenantId& tenant,
                                                            absl::string_view path,
                                                            common::v1::FeatureDefinition definition);

}  // namespace clientele::features
