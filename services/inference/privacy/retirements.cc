#include "services/inference/privacy/retirements.h"

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"
#include "common/base/timestamps.h"

namespace clientele::inference {
namespace {

using ingestion::v1::ErasedVersion;

bool IsNamed(const Model& model, int64_t version) {
  return std::any_of(model.aliases.begin(), model.aliases.end(),
                     [version](const auto& alias) { return alias.second.current() == version; });
}

// The newest first; `is_wanted` says of a number.
template <typename Predicate>
void AppendNewest(const Model& model, Predicate is_wanted, std::vector<int64_t>& versions) {
  for (auto it = model.versions.rbegin(); it != model.versions.rend(); ++it) {
    if (!it->second->is_retired() && is_wanted(it->first)) versions.push_back(it->first);
  }
}

std::vector<int64_t> Successors(const Model& model, const Deadlines& deadlines, absl::Time time) {
  std::vector<int64_t> versions;
  AppendNewest(
      model, [&](int64_t number) { return !deadlines.contains(number); }, versions);
  AppendNewest(
      model,
      [&](int64_t number) {
        const auto found = deadlines.find(number);
        return found != deadlines.end() && found->second.due > time;
      },
      versions);
  return versions;
}

}  // namespace

absl::StatusOr<std::map<TenantId, std::map<std::string, Deadlines>>> ReadDeadlines(
    const storage::FollowedErasures& followed) {
  std::map<TenantId, std::map<std::string, Deadlines>> all;
  absl::Status status;
  CLIENTELE_RETURN_IF_ERROR(followed.ForEach([&](const storage::FollowedErasure& erasure) {
    for (const ErasedVersion& version : erasure.report.model_versions()) {
      if (version.state() == ErasedVersion::STATE_DELETED) continue;
      auto name = ParseVersionName("model_version", version.model_version());
      status = name.status();
      if (!name.ok()) return false;
      const Deadline deadline{FromProto(version.due_time()), erasure.report.erasure()};
      const auto [known, is_new] = all[name->tenant][name->model].try_emplace(name->version, deadline);
      if (!is_new && deadline.due < known->second.due) known->second = deadline;
    }
    return true;
  }));
  CLIENTELE_RETURN_IF_ERROR(status);
  return all;
}

std::vector<Retirement> PlanRetirements(const Model& model, const Deadlines& deadlines, absl::Time time) {
  std::vector<Retirement> retirements;
  for (const auto& [number, deadline] : deadlines) {
    const auto found = model.versions.find(number);
    if (deadline.due > time || found == model.versions.end() || found->second->is_retired()) continue;
    const bool is_named = IsNamed(model, number);
    retirements.push_back({number, is_named ? Successors(model, deadlines, time) : std::vector<int64_t>(), deadline});
  }
  std::stable_sort(retirements.begin(), retirements.end(),
                   [](const Retirement& a, const Retirement& b) { return a.deadline.due < b.deadline.due; });
  return retirements;
}

absl::Time NextDue(const Model& model, const Deadlines& deadlines) {
  absl::Time next = absl::InfiniteFuture();
  for (const auto& [number, deadline] : deadlines) {
    const auto found = model.versions.find(number);
    if (found != model.versions.end() && !found->second->is_retired()) next = std::min(next, deadline.due);
  }
  return next;
}

}  // namespace clientele::inference
