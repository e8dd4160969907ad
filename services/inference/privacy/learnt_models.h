// What the registry's versions had learnt from, as FindAffectedVersions wants it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "services/inference/privacy/affected_versions.h"
#include "services/inference/registry/registry.h"

namespace clientele::inference {

// Thread-compatible. Reads an artifact at most once: its lineage never changes.
class LearntModels {
 public:
  // `registry` must outlive it.
  explicit LearntModels(const Registry& registry) : registry_(registry) {}

  // The tenant's models in this picture of them. A version whose artifact cannot be read counts as one that has learnt
  // from everybody.
  std::vector<LearntModel> Of(const Catalogue& catalogue, const TenantId& tenant);

 private:
  int64_t EpochOf(const TenantId& tenant, const std::string& model, const Version& version);

  const Registry& registry_;
  std::map<std::string, int64_t> epochs_;  // By the version's name.
};

}  // namespace clientele::inference
