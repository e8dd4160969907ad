#include "services/inference/privacy/learnt_models.h"

#include <utility>

#include "clientele/model/v1/artifact.pb.h"
#include "common/base/timestamps.h"

namespace clientele::inference {
namespace {

void AddTarget(const TrafficTarget& target, LearntModel& model) {
  if (target.version != 0) model.in_arms.insert(target.version);
}

}  // namespace

std::vector<LearntModel> LearntModels::Of(const Catalogue& catalogue, const TenantId& tenant) {
  std::vector<LearntModel> all;
  const auto models = catalogue.tenants.find(tenant);
  if (models == catalogue.tenants.end()) return all;
  for (const auto& [id, model] : *models->second) {
    LearntModel& learnt = all.emplace_back();
    for (const auto& [number, version] : model->versions) {
      learnt.versions[number] = {version->metadata.name(), EpochOf(tenant, id, *version),
                                 FromProto(version->metadata.create_time()), version->is_retired()};
    }
    for (const auto& [alias, target] : model->aliases) {
      if (target.current() != 0) learnt.aliases[alias] = target.current();
    }
    if (model->traffic == nullptr) continue;
    for (const auto& arm : model->traffic->arms) AddTarget(arm.target, learnt);
    if (model->traffic->shadow.has_value()) AddTarget(*model->traffic->shadow, learnt);
  }
  return all;
}

int64_t LearntModels::EpochOf(const TenantId& tenant, const std::string& model, const Version& version) {
  const auto [known, is_new] = epochs_.try_emplace(version.metadata.name(), 0);
  if (!is_new) return known->second;
  if (version.model != nullptr) {
    known->second = version.model->predictor().artifact().lineage().erasure_epoch();
    return known->second;
  }
  const auto artifact = registry_.ReadArtifact({tenant, model, "", version.number});
  model::v1::ModelArtifact message;
  if (artifact.ok() && message.ParseFromString(std::string(artifact->bytes->view()))) {
    known->second = message.lineage().erasure_epoch();
    return known->second;
  }
  epochs_.erase(known);  // Another time it may be read.
  return 0;
}

}  // namespace clientele::inference
