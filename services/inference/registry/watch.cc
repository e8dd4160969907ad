#include "services/inference/registry/watch.h"

#include <utility>

#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "services/inference/registry/listing.h"

namespace clientele::inference {
namespace {

absl::Status Gone() { return absl::CancelledError("the receiver has gone"); }

absl::StatusOr<v1::WatchModelsResponse> Describe(const Registry& registry, const TenantId& tenant,
                                                 const storage::PastChange& past) {
  v1::WatchModelsResponse response;
  auto& change = *response.mutable_change();
  change.set_model(FormatModel(tenant, past.model));
  change.set_traffic_changed(past.traffic);
  change.set_policy_changed(past.settings);
  if (past.deleted) {
    change.set_deleted_version(FormatVersion(tenant, past.model, past.version));
  } else if (past.version != 0) {
    CLIENTELE_ASSIGN_OR_RETURN(*change.mutable_published_version(),
                               registry.Describe({tenant, past.model, past.version}));
  }
  for (const auto& [alias, revision] : past.moves) {
    const AliasName name{tenant, past.model, alias};
    CLIENTELE_ASSIGN_OR_RETURN(const auto journal, registry.ReadAliasJournal(name));
    if (revision >= 1 && revision <= static_cast<int64_t>(journal.size())) {
      *change.add_alias_changes() = DescribeChange(name, journal[revision - 1]);
    }
  }
  return response;
}

}  // namespace

absl::Status WatchModels(const Registry& registry, const TenantId& tenant, WatchPosition position,
                         const StopToken& stop, const StopToken& drain,
                         absl::FunctionRef<bool(v1::WatchModelsResponse response, WatchPosition after)> tell) {
  if (position.sequence < 0) {
    const auto catalogue = registry.Get();
    const auto models = catalogue->tenants.find(tenant);
    if (models != catalogue->tenants.end()) {
      for (const auto& [id, model] : *models->second) {
        v1::WatchModelsResponse response;
        *response.mutable_model() = DescribeModel(tenant, id, *model);
        if (!tell(std::move(response), position)) return Gone();
      }
    }
    position.sequence = catalogue->SequenceOf(tenant);
    v1::WatchModelsResponse response;
    response.set_caught_up(true);
    if (!tell(std::move(response), position)) return Gone();
  }
  while (true) {
    CLIENTELE_ASSIGN_OR_RETURN(const auto changes, registry.AwaitChanges(tenant, position.sequence, stop, drain));
    for (const storage::PastChange& past : changes) {
      position.sequence = past.sequence;
      if (past.version == 0 && past.moves.empty() && !past.traffic && !past.settings) continue;  // The same again.
      CLIENTELE_ASSIGN_OR_RETURN(v1::WatchModelsResponse response, Describe(registry, tenant, past));
      if (!tell(std::move(response), position)) return Gone();
    }
  }
}

}  // namespace clientele::inference
