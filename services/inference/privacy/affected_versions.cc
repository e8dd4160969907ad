#include "services/inference/privacy/affected_versions.h"

#include <algorithm>

#include "common/base/timestamps.h"
#include "services/inference/registry/catalogue.h"

namespace clientele::inference {
namespace {

using ingestion::v1::ErasedVersion;
using ingestion::v1::Erasure;

// Two machines' clocks may differ by so much.
constexpr absl::Duration kClockDifference = absl::Hours(1);

bool MayHaveLearnt(const Erasure& erasure, const LearntVersion& version) {
  return erasure.has_first_ingest_time() && version.erasure_epoch < erasure.epoch() &&
         version.create_time + kClockDifference >= FromProto(erasure.first_ingest_time());
}

// The version that scores instead, by the champion's alias or the first of the others; null where there is none.
const LearntVersion* Successor(const Erasure& erasure, const LearntModel& model) {
  const LearntVersion* successor = nullptr;
  for (const auto& [alias, number] : model.aliases) {
    const auto found = model.versions.find(number);
    if (found == model.versions.end() || found->second.is_retired || MayHaveLearnt(erasure, found->second)) continue;
    if (successor == nullptr || alias == kChampion) successor = &found->second;
  }
  return successor;
}

bool LeadsTo(const LearntModel& model, int64_t number) {
  const auto stands_for = [number](const auto& alias) { return alias.second == number; };
  return model.in_arms.contains(number) || std::any_of(model.aliases.begin(), model.aliases.end(), stands_for);
}

// Sets what changed.
void Judge(const Erasure& erasure, const LearntModel* model, int64_t number, absl::Time now, ErasedVersion& version) {
  const bool is_retired = model != nullptr && model->versions.at(number).is_retired;
  const bool may_score = model != nullptr && !is_retired && LeadsTo(*model, number);
  const LearntVersion* successor = model == nullptr || may_score ? nullptr : Successor(erasure, *model);
  const auto state = model == nullptr       ? ErasedVersion::STATE_DELETED
                     : is_retired           ? ErasedVersion::STATE_RETIRED
                     : successor != nullptr ? ErasedVersion::STATE_RETRAINED_IN
                                            : ErasedVersion::STATE_DUE_BY;
  const std::string retrained = successor == nullptr ? "" : successor->name;
  if (version.state() == state && version.retrained_version() == retrained) return;
  version.set_state(state);
  version.set_retrained_version(retrained);
  *version.mutable_update_time() = ToProto(now);
}

}  // namespace

ErasedVersions FindAffectedVersions(const Erasure& erasure, const std::vector<LearntModel>& models,
                                    const ErasedVersions& known, absl::Duration period, absl::Time now) {
  struct Place {
    const LearntModel* model;
    int64_t number;
  };
  std::map<std::string, Place> places;
  ErasedVersions versions = known;
  std::set<std::string> listed;
  for (const ErasedVersion& version : versions) listed.insert(version.model_version());
  for (const LearntModel& model : models) {
    for (const auto& [number, version] : model.versions) {
      places.emplace(version.name, Place{&model, number});
      if (listed.contains(version.name) || !MayHaveLearnt(erasure, version)) continue;
      ErasedVersion& added = versions.emplace_back();
      added.set_model_version(version.name);
      *added.mutable_due_time() = ToProto(FromProto(erasure.erase_time()) + period);
    }
  }
  for (ErasedVersion& version : versions) {
    const auto place = places.find(version.model_version());
    Judge(erasure, place == places.end() ? nullptr : place->second.model,
          place == places.end() ? 0 : place->second.number, now, version);
  }
  return versions;
}

}  // namespace clientele::inference
