// What other programs commit to a store that is shared: the part of the registry that looks again.
#include <map>
#include <memory>
#include <utility>

#include "common/base/status_macros.h"
#include "common/observability/log.h"
#include "services/inference/registry/registry.h"
#include "services/inference/registry/stored_models.h"

namespace clientele::inference {
namespace {

// How long a program may go without looking, where nobody tells it: this and a look stay well under a second.
constexpr absl::Duration kLook = absl::Milliseconds(500);

// `stored`, with those versions of `shown` that are the same: they may be loaded.
std::shared_ptr<Model> Merge(Model stored, const Model* shown) {
  auto merged = std::make_shared<Model>(std::move(stored));
  if (shown == nullptr) return merged;
  for (auto& [number, version] : merged->versions) {
    const auto known = shown->versions.find(number);
    const bool is_same =
        known != shown->versions.end() && known->second->metadata.sha256() == version->metadata.sha256();
    if (is_same && !version->is_retired()) version = known->second;
  }
  return merged;
}

}  // namespace

void Registry::Follow(std::stop_token stop) {
  while (!stop.stop_requested()) {
    store_.AwaitCommit(kLook);
    const absl::Status looked = CatchUp();
    if (!looked.ok()) {
      observability::Log(observability::LogLevel::kWarn, "what other programs publish cannot be read; trying again",
                         {{"error", looked.message()}});
    }
  }
}

absl::Status Registry::CatchUp() {
  // Before the models: what is committed between the two is shown now, and looked at again.
  std::map<TenantId, int64_t> sequences;
  CLIENTELE_RETURN_IF_ERROR(
      store_.ForEachSequence([&](const TenantId& tenant, int64_t last) { sequences[tenant] = last; }));
  if (sequences == Get()->sequences) return absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  CLIENTELE_ASSIGN_OR_RETURN(StoredModels stored, ReadStoredModels(store_));
  const auto shown = Get();
  auto next = std::make_shared<Catalogue>(*shown);
  std::vector<Shown> changed;
  for (const auto& [tenant, last] : sequences) {
    if (last <= shown->SequenceOf(tenant)) continue;  // This program's own, since.
    next->sequences[tenant] = last;
    for (auto& [id, model] : stored.models[tenant]) {
      const auto before = FindModel(*shown, tenant, id);
      changed.push_back({tenant, id, Merge(std::move(model), before.ok() ? before->get() : nullptr)});
    }
  }
  if (!changed.empty()) Replace(std::move(next), std::move(changed));
  return absl::OkStatus();
}

}  // namespace clientele::inference
