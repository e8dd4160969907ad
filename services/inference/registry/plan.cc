#include "services/inference/registry/plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/inference/registry/residency.h"
#include "services/inference/registry/settings.h"

namespace clientele::inference {
namespace {

using storage::AliasChange;
using storage::AliasRevision;

absl::Status CheckEtag(const std::string& alias_id, const Alias& alias, absl::string_view etag) {
  if (etag.empty() || (alias.revision > 0 && etag == EtagOf(alias_id, alias))) return absl::OkStatus();
  return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
               absl::StrCat("alias \"", alias_id, "\" has changed since the etag was read; read it again"));
}

AliasRevision Next(const std::string& alias_id, const Alias& alias, AliasChange change, int64_t to,
                   const Author& author) {
  AliasRevision next;
  next.alias = alias_id;
  next.revision = alias.revision + 1;
  next.change = change;
  next.from_version = alias.current();
  next.to_version = to;
  next.actor = author.actor;
  next.reason = author.reason;
  // A clock that was put back must not make the journal contradict itself.
  next.time = alias.revision == 0 ? author.time : std::max(author.time, alias.update_time);
  return next;
}

Alias FindAlias(const Model& model, const std::string& alias_id) {
  const auto found = model.aliases.find(alias_id);
  return found == model.aliases.end() ? Alias() : found->second;
}

// Whether requests may go there; `who` asks.
absl::Status CheckTarget(const Model& model, const TrafficTarget& target, absl::string_view who) {
  if (target.alias.empty()) return CheckAvailable(model, target.version, who);
  const Alias alias = FindAlias(model, target.alias);
  if (alias.revision > 0) return CheckAvailable(model, alias.current(), who);
  return Error(absl::StatusCode::kNotFound, ErrorReason::kModelNotFound,
               absl::StrCat(who, ": the model has no alias \"", target.alias, "\""));
}

}  // namespace

Alias Apply(Alias alias, const AliasRevision& revision) {
  alias.revision = revision.revision;
  alias.update_time = revision.time;
  if (revision.change == AliasChange::kRollback && alias.versions.size() > 1) {
    alias.versions.pop_back();
  } else {
    alias.versions.push_back(revision.to_version);
  }
  return alias;
}

Alias AliasAt(absl::Span<const AliasRevision> journal, absl::Time time) {
  Alias alias;
  for (const AliasRevision& revision : journal) {
    if (revision.time > time) break;
    alias = Apply(std::move(alias), revision);
  }
  return alias;
}

absl::StatusOr<std::optional<AliasRevision>> PlanSet(const Model& model, const std::string& alias_id, int64_t version,
                                                     absl::string_view etag, const Author& author) {
  const Alias alias = FindAlias(model, alias_id);
  CLIENTELE_RETURN_IF_ERROR(CheckEtag(alias_id, alias, etag));
  CLIENTELE_RETURN_IF_ERROR(CheckAvailable(model, version, absl::StrCat("alias \"", alias_id, "\"")));
  if (alias.current() == version) return std::optional<AliasRevision>();
  return std::optional<AliasRevision>(Next(alias_id, alias, AliasChange::kSet, version, author));
}

absl::StatusOr<AliasRevision> PlanRollback(const Model& model, const std::string& alias_id, absl::string_view etag,
                                           const Author& author) {
  const Alias alias = FindAlias(model, alias_id);
  if (alias.revision == 0) {
    return Error(absl::StatusCode::kNotFound, ErrorReason::kModelNotFound,
                 absl::StrCat("the model has no alias \"", alias_id, "\""));
  }
  CLIENTELE_RETURN_IF_ERROR(CheckEtag(alias_id, alias, etag));
  if (alias.previous() == 0) {
    return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kNoPreviousVersion,
                 absl::StrCat("alias \"", alias_id, "\" has no version before ", alias.current()));
  }
  CLIENTELE_RETURN_IF_ERROR(CheckAvailable(model, alias.previous(), absl::StrCat("alias \"", alias_id, "\"")));
  return Next(alias_id, alias, AliasChange::kRollback, alias.previous(), author);
}

absl::StatusOr<std::optional<AliasRevision>> PlanRestore(const Model& model, const std::string& alias_id,
                                                         absl::Span<const AliasRevision> journal, int64_t restored,
                                                         absl::string_view etag, const Author& author) {
  if (restored < 1 || restored > static_cast<int64_t>(journal.size())) {
    return InvalidField("revision",
                        absl::StrCat(restored, " is not one of the alias's revisions, 1 to ", journal.size()));
  }
  CLIENTELE_ASSIGN_OR_RETURN(auto revision, PlanSet(model, alias_id, journal[restored - 1].to_version, etag, author));
  if (!revision.has_value()) return revision;
  revision->change = AliasChange::kRestore;
  revision->restored_revision = restored;
  return revision;
}

v1::ModelTraffic NoTraffic(const ModelName& name) {
  v1::ModelTraffic traffic;
  traffic.set_name(absl::StrCat(FormatModel(name.tenant, name.model), "/traffic"));
  traffic.set_etag(TrafficEtag(traffic));
  return traffic;
}

absl::StatusOr<Traffic> PlanTraffic(const Model& model, const ModelName& name, const v1::ModelTraffic& wanted,
                                    const Author& author) {
  const v1::ModelTraffic now = model.traffic == nullptr ? NoTraffic(name) : model.traffic->message;
  if (!wanted.etag().empty() && wanted.etag() != now.etag()) {
    return Error(
        absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
        absl::StrCat("the traffic of \"", name.model, "\" has changed since the etag was read; read it again"));
  }
  v1::ModelTraffic next = wanted;
  next.set_name(now.name());
  next.set_revision(now.revision() + 1);
  next.set_actor(author.actor);
  next.set_reason(author.reason);
  *next.mutable_update_time() =
      ToProto(now.revision() == 0 ? author.time : std::max(author.time, FromProto(now.update_time())));
  next.set_etag(TrafficEtag(next));
  CLIENTELE_ASSIGN_OR_RETURN(Traffic traffic, ParseTraffic("model_traffic", name, next));
  for (const TrafficArm& arm : traffic.arms) {
    CLIENTELE_RETURN_IF_ERROR(CheckTarget(model, arm.target, absl::StrCat("arm \"", arm.id, "\"")));
  }
  if (traffic.shadow.has_value()) CLIENTELE_RETURN_IF_ERROR(CheckTarget(model, *traffic.shadow, "the shadow"));
  return traffic;
}

absl::StatusOr<std::optional<storage::StoredVersion>> PlanDelete(const Model& model, const VersionName& name) {
  if (model.WasDeleted(name.version)) return std::optional<storage::StoredVersion>();
  const auto found = model.versions.find(name.version);
  if (found == model.versions.end()) {
    return Error(absl::StatusCode::kNotFound, ErrorReason::kModelNotFound,
                 absl::StrCat("model \"", name.model, "\" has no version ", name.version));
  }
  std::vector<std::string> users;
  const auto names = NamesByVersion(model);
  for (auto it = names.lower_bound(name.version); it != names.upper_bound(name.version); ++it)
    users.push_back(it->second);
  if (PolicyOf(model).has_specific() && VersionsOfPolicy(model).contains(name.version)) {
    users.push_back("the version policy");
  }
  if (users.empty()) {
    storage::StoredVersion tombstone{name.version, found->second->metadata};
    tombstone.metadata.set_state(v1::ModelVersion::STATE_DELETED);
    tombstone.metadata.clear_state_reason();
    return std::optional<storage::StoredVersion>(std::move(tombstone));
  }
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kVersionInUse,
               absl::StrCat("version ", name.version, " of \"", name.model, "\" is named by ",
                            absl::StrJoin(users, ", "), "; point those elsewhere first"));
}

std::optional<RetirePlan> PlanRetire(const Model& model, int64_t version, int64_t successor, const Author& author) {
  const auto found = model.versions.find(version);
  if (found == model.versions.end() || found->second->is_retired()) return std::nullopt;
  RetirePlan plan{{version, found->second->metadata}, {}};
  plan.version.metadata.set_state(v1::ModelVersion::STATE_RETIRED);
  plan.version.metadata.set_state_reason(author.reason);
  if (successor == 0) return plan;
  for (const auto& [id, alias] : model.aliases) {
    if (alias.current() != version) continue;
    plan.revisions.push_back(Next(id, alias, AliasChange::kSet, successor, author));
  }
  return plan;
}

PublishPlan PlanPublish(const Model* model, absl::string_view sha256, const std::vector<std::string>& alias_ids,
                        const Author& author) {
  PublishPlan plan;
  plan.version = 1;
  plan.is_new = true;
  plan.must_load = true;
  if (model != nullptr) {
    plan.version = model->last_version + 1;
    for (const auto& [number, version] : model->versions) {
      if (version->metadata.sha256() != sha256) continue;
      plan.version = number;
      plan.is_new = false;
      plan.must_load = version->model == nullptr;
      break;
    }
  }
  for (const std::string& alias_id : std::set<std::string>(alias_ids.begin(), alias_ids.end())) {
    const Alias alias = model == nullptr ? Alias() : FindAlias(*model, alias_id);
    if (alias.current() == plan.version) continue;
    plan.revisions.push_back(Next(alias_id, alias, AliasChange::kSet, plan.version, author));
  }
  return plan;
}

}  // namespace clientele::inference
