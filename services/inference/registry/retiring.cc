// How a version's time ends: the part of the registry that retires.
#include <memory>
#include <utility>

#include "common/base/status_macros.h"
#include "common/observability/log.h"
#include "services/inference/registry/registry.h"

namespace clientele::inference {

absl::Status Registry::RetireVersion(const VersionName& name, absl::Span<const int64_t> successors,
                                     const AliasMove& move, const StopToken& stop) {
  for (const int64_t successor : successors) {
    const Hold hold(*this, {name.tenant, name.model}, {successor});
    CLIENTELE_RETURN_IF_ERROR(hold.Await(stop));
    absl::MutexLock lock(&mutex_);
    CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*Get(), name.tenant, name.model));
    if (CheckAvailable(*model, successor, "a successor").ok()) return CommitRetirement(name, *model, successor, move);
  }
  absl::MutexLock lock(&mutex_);
  CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*Get(), name.tenant, name.model));
  return CommitRetirement(name, *model, /*successor=*/0, move);
}

absl::Status Registry::CommitRetirement(const VersionName& name, const Model& model, int64_t successor,
                                        const AliasMove& move) {
  const auto plan = PlanRetire(model, name.version, successor, {move.actor, clock_.Now(), move.reason});
  if (!plan.has_value()) return absl::OkStatus();
  storage::ModelChange change;
  change.sequence = NextSequence(name.tenant);
  change.model = name.model;
  change.version = plan->version;
  change.revisions = plan->revisions;
  CLIENTELE_RETURN_IF_ERROR(store_.Commit(name.tenant, change, nullptr));
  observability::Log(observability::LogLevel::kWarn, "model version retired",
                     {{"version", plan->version.metadata.name()},
                      {"reason", move.reason},
                      {"aliases", static_cast<int64_t>(plan->revisions.size())},
                      {"successor", plan->revisions.empty() ? 0 : successor}});
  auto changed = std::make_shared<Model>(model);
  Version retired{name.version, plan->version.metadata, nullptr};
  changed->versions[name.version] = std::make_shared<const Version>(std::move(retired));
  for (const storage::AliasRevision& revision : plan->revisions) {
    Alias& alias = changed->aliases[revision.alias];
    alias = Apply(std::move(alias), revision);
  }
  Show(name.tenant, name.model, std::move(changed));
  return absl::OkStatus();
}

}  // namespace clientele::inference
