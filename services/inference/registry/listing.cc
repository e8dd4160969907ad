#include "services/inference/registry/listing.h"

#include <algorithm>
#include <iterator>

#include "common/base/status_macros.h"
#include "common/base/timestamps.h"

namespace clientele::inference {
namespace {

v1::ModelAliasChange::Kind KindOf(storage::AliasChange change) {
  switch (change) {
    case storage::AliasChange::kSet: return v1::ModelAliasChange::KIND_SET;
    case storage::AliasChange::kRollback: return v1::ModelAliasChange::KIND_ROLLBACK;
    case storage::AliasChange::kRestore: return v1::ModelAliasChange::KIND_RESTORE;
  }
  return v1::ModelAliasChange::KIND_UNSPECIFIED;
}

}  // namespace

ModelPage ListModelsAfter(const Catalogue& catalogue, const TenantId& tenant, const std::string& position, int size) {
  ModelPage page;
  const auto models = catalogue.tenants.find(tenant);
  if (models == catalogue.tenants.end()) return page;
  std::string last;
  for (auto it = models->second->upper_bound(position); it != models->second->end(); ++it) {
    if (static_cast<int>(page.models.size()) == size) {
      page.next = last;
      break;
    }
    page.models.push_back(DescribeModel(tenant, it->first, *it->second));
    last = it->first;
  }
  return page;
}

absl::StatusOr<VersionPage> ListVersionsBefore(
    const Model& model, int64_t position, int size,
    absl::FunctionRef<absl::StatusOr<v1::ModelVersion>(int64_t number)> describe) {
  VersionPage page;
  const int64_t newest = position == 0 ? model.last_version : std::min(position - 1, model.last_version);
  for (int64_t number = newest; number >= 1; --number) {
    if (static_cast<int>(page.versions.size()) == size) {
      page.next = number + 1;
      break;
    }
    CLIENTELE_ASSIGN_OR_RETURN(page.versions.emplace_back(), describe(number));
  }
  return page;
}

v1::ModelAliasChange DescribeChange(const AliasName& name, const storage::AliasRevision& revision) {
  v1::ModelAliasChange change;
  change.set_revision(revision.revision);
  change.set_kind(KindOf(revision.change));
  if (revision.from_version != 0) {
    change.set_from_version(FormatVersion(name.tenant, name.model, revision.from_version));
  }
  change.set_to_version(FormatVersion(name.tenant, name.model, revision.to_version));
  change.set_actor(revision.actor);
  *change.mutable_time() = ToProto(revision.time);
  change.set_reason(revision.reason);
  change.set_restored_revision(revision.restored_revision);
  change.set_alias(FormatAlias(name.tenant, name.model, name.alias));
  return change;
}

AliasChangePage ListChangesBefore(const AliasName& name, absl::Span<const storage::AliasRevision> journal,
                                  int64_t position, int size) {
  AliasChangePage page;
  const int64_t newest = static_cast<int64_t>(journal.size());
  int64_t revision = position == 0 ? newest : std::min(position - 1, newest);
  for (; revision >= 1 && static_cast<int>(page.changes.size()) < size; --revision) {
    page.changes.push_back(DescribeChange(name, journal[revision - 1]));
  }
  if (revision >= 1) page.next = revision + 1;
  return page;
}

}  // namespace clientele::inference
