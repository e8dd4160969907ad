// All that a store keeps of all models, read at start. Nothing is loaded yet.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "common/storage/version_store.h"
#include "services/inference/registry/catalogue.h"

namespace clientele::inference {

struct StoredModels {
  std::map<TenantId, std::map<std::string, Model>> models;  // Their versions UNLOADED.
  std::map<TenantId, int64_t> sequences;
};

// DATA_LOSS; the store's.
absl::StatusOr<StoredModels> ReadStoredModels(const storage::VersionStore& store);

}  // namespace clientele::inference
