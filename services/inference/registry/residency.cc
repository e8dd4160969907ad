#include "services/inference/registry/residency.h"

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/inference/registry/settings.h"

namespace clientele::inference {
namespace {

using State = v1::ModelVersion;
using Kind = ResidencyAction::Kind;

int64_t VersionOf(const Model& model, const TrafficTarget& target) {
  if (target.alias.empty()) return target.version;
  const auto alias = model.aliases.find(target.alias);
  return alias == model.aliases.end() ? 0 : alias->second.current();
}

// Whether it can be loaded, and is not on its way yet.
bool IsIdle(const Version& version) {
  return version.metadata.state() == State::STATE_UNLOADED || version.metadata.state() == State::STATE_UNLOADING;
}

}  // namespace

std::multimap<int64_t, std::string> NamesByVersion(const Model& model) {
  std::multimap<int64_t, std::string> names;
  for (const auto& [id, alias] : model.aliases) names.emplace(alias.current(), absl::StrCat("alias \"", id, "\""));
  if (model.traffic == nullptr) return names;
  for (const TrafficArm& arm : model.traffic->arms) {
    names.emplace(VersionOf(model, arm.target), absl::StrCat("arm \"", arm.id, "\""));
  }
  if (model.traffic->shadow.has_value()) names.emplace(VersionOf(model, *model.traffic->shadow), "the shadow");
  return names;
}

std::vector<ResidencyAction> PlanResidency(const Model& model, const std::set<int64_t>& awaited) {
  const auto names = NamesByVersion(model);
  std::set<int64_t> wanted = VersionsOfPolicy(model);
  for (const auto& [version, name] : names) wanted.insert(version);
  for (const auto& [id, alias] : model.aliases) wanted.insert(alias.previous());
  wanted.insert(awaited.begin(), awaited.end());

  std::vector<ResidencyAction> urgent, loads, unloads;
  bool all_there = true;
  for (auto it = model.versions.rbegin(); it != model.versions.rend(); ++it) {
    const auto& [number, version] = *it;
    if (!wanted.contains(number)) {
      if (version->metadata.state() == State::STATE_AVAILABLE) unloads.push_back({Kind::kUnload, number});
      continue;
    }
    if (version->metadata.state() == State::STATE_LOADING) all_there = false;
    if (!IsIdle(*version)) continue;
    const bool asked_for = names.contains(number) || awaited.contains(number);
    (asked_for ? urgent : loads).push_back({Kind::kLoad, number, asked_for});
  }
  std::move(loads.begin(), loads.end(), std::back_inserter(urgent));
  if (!urgent.empty()) return urgent;
  return all_there ? unloads : std::vector<ResidencyAction>();
}

}  // namespace clientele::inference
