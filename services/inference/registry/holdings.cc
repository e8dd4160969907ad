#include "services/inference/registry/holdings.h"

#include "common/quota/refusal.h"

namespace clientele::inference {

Holdings HoldingsOf(const Catalogue& catalogue, const TenantId& tenant) {
  Holdings held;
  const auto models = catalogue.tenants.find(tenant);
  if (models == catalogue.tenants.end()) return held;
  for (const auto& [id, model] : *models->second) {
    if (!model->versions.empty()) ++held.models;
    for (const auto& [number, version] : model->versions) {
      ++held.versions;
      held.artifact_bytes += version->metadata.size_bytes();
    }
  }
  return held;
}

quota::Standing StandingOf(const Catalogue& catalogue, absl::string_view tenant) {
  const auto id = TenantId::Parse(tenant);
  const Holdings held = id.ok() ? HoldingsOf(catalogue, *id) : Holdings();
  return {.stored_bytes = held.artifact_bytes, .models = held.models, .model_versions = held.versions};
}

absl::Status CheckMayHoldMore(const Holdings& held, const Model* model, const quota::Limits& limits,
                              quota::Account& account) {
  const auto full = [&](absl::string_view quota, int64_t limit) {
    return account.RefuseAt(quota, static_cast<double>(limit), quota::kWaitingDoesNotHelp);
  };
  const bool is_new_model = model == nullptr || model->versions.empty();
  if (is_new_model && limits.models > 0 && held.models >= limits.models) return full("models", limits.models);
  if (limits.model_versions > 0 && held.versions >= limits.model_versions) {
    return full("model_versions", limits.model_versions);
  }
  return absl::OkStatus();
}

}  // namespace clientele::inference
