#include "services/inference/registry/registry.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/observability/log.h"
#include "services/inference/registry/residency.h"
#include "services/inference/registry/settings.h"

namespace clientele::inference {
namespace {

constexpr absl::Duration kStopCheck = absl::Milliseconds(100);
constexpr int kMostChangesAtOnce = 100;

absl::Status NoSuchAlias(const AliasName& name, absl::string_view when) {
  return Error(absl::StatusCode::kNotFound, ErrorReason::kModelNotFound,
               absl::StrCat("model \"", name.model, "\" has no alias \"", name.alias, "\"", when));
}

// Where a rollback to `revision` goes; 0: nowhere.
int64_t RollbackTarget(const Model& model, const std::string& alias, absl::Span<const storage::AliasRevision> journal,
                       int64_t revision) {
  if (revision != 0) {
    const bool is_there = revision >= 1 && revision <= static_cast<int64_t>(journal.size());
    return is_there ? journal[revision - 1].to_version : 0;
  }
  const auto found = model.aliases.find(alias);
  return found == model.aliases.end() ? 0 : found->second.previous();
}

// The versions that requests would go to.
std::vector<int64_t> TargetsOf(const Traffic& traffic, const Model& model) {
  Model asked;
  asked.aliases = model.aliases;
  asked.traffic = std::make_shared<const Traffic>(traffic);
  std::vector<int64_t> versions;
  for (const auto& [version, name] : NamesByVersion(asked)) versions.push_back(version);
  return versions;
}

}  // namespace

absl::StatusOr<v1::ModelVersion> Registry::Describe(const VersionName& name) const {
  CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*Get(), name.tenant, name.model));
  CLIENTELE_ASSIGN_OR_RETURN(const Resolution found, Resolve(*Get(), {name.tenant, name.model, "", name.version}));
  if (found.version->metadata.state() != v1::ModelVersion::STATE_DELETED)
    return DescribeVersion(*model, *found.version);
  CLIENTELE_ASSIGN_OR_RETURN(storage::StoredVersion stored, store_.ReadVersion(name.tenant, name.model, name.version));
  stored.metadata.set_name(found.version->metadata.name());
  return std::move(stored.metadata);
}

absl::StatusOr<Registry::Artifact> Registry::ReadArtifact(const ModelReference& reference) const {
  CLIENTELE_ASSIGN_OR_RETURN(Resolution found, Resolve(*Get(), reference));
  if (found.version->metadata.state() == v1::ModelVersion::STATE_DELETED) return CheckAvailable(*found.version);
  const v1::ModelVersion& metadata = found.version->metadata;
  CLIENTELE_ASSIGN_OR_RETURN(auto bytes, store_.ReadArtifact(reference.tenant, metadata.sha256()));
  if (Sha256Hex(bytes->view()) != metadata.sha256()) {
    return absl::DataLossError(absl::StrCat(metadata.name(), " is damaged: its SHA-256 is another; publish it again"));
  }
  return Artifact{std::move(found.version), std::move(bytes)};
}

absl::StatusOr<v1::ModelAlias> Registry::SetAlias(const AliasName& name, int64_t version, const AliasMove& move,
                                                  const StopToken& stop) {
  const Hold hold(*this, {name.tenant, name.model}, {version});
  CLIENTELE_RETURN_IF_ERROR(hold.Await(stop));
  absl::MutexLock lock(&mutex_);
  CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*Get(), name.tenant, name.model));
  CLIENTELE_ASSIGN_OR_RETURN(const auto revision,
                             PlanSet(*model, name.alias, version, move.etag, {move.actor, clock_.Now(), move.reason}));
  if (revision.has_value()) return Move(name, *model, *revision);
  return DescribeAlias(name.tenant, name.model, name.alias, model->aliases.at(name.alias));
}

absl::StatusOr<v1::ModelAlias> Registry::RollbackAlias(const AliasName& name, int64_t revision, const AliasMove& move,
                                                       const StopToken& stop) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto before, FindModel(*Get(), name.tenant, name.model));
  std::vector<storage::AliasRevision> journal;
  if (revision != 0) {
    CLIENTELE_ASSIGN_OR_RETURN(journal, ReadAliasJournal(name));
  }
  const Hold hold(*this, {name.tenant, name.model}, {RollbackTarget(*before, name.alias, journal, revision)});
  CLIENTELE_RETURN_IF_ERROR(hold.Await(stop));
  absl::MutexLock lock(&mutex_);
  CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*Get(), name.tenant, name.model));
  const Author author{move.actor, clock_.Now(), move.reason};
  if (revision == 0) {
    CLIENTELE_ASSIGN_OR_RETURN(const auto back, PlanRollback(*model, name.alias, move.etag, author));
    return Move(name, *model, back);
  }
  CLIENTELE_ASSIGN_OR_RETURN(const auto restored,
                             PlanRestore(*model, name.alias, journal, revision, move.etag, author));
  if (restored.has_value()) return Move(name, *model, *restored);
  return DescribeAlias(name.tenant, name.model, name.alias, model->aliases.at(name.alias));
}

absl::StatusOr<v1::ModelTraffic> Registry::UpdateTraffic(const ModelName& name, const v1::ModelTraffic& wanted,
                                                         absl::string_view actor, const StopToken& stop) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto before, FindModel(*Get(), name.tenant, name.model));
  CLIENTELE_ASSIGN_OR_RETURN(const Traffic asked, ParseTraffic("model_traffic", name, wanted));
  const Hold hold(*this, name, TargetsOf(asked, *before));
  CLIENTELE_RETURN_IF_ERROR(hold.Await(stop));
  absl::MutexLock lock(&mutex_);
  CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*Get(), name.tenant, name.model));
  CLIENTELE_ASSIGN_OR_RETURN(Traffic traffic,
                             PlanTraffic(*model, name, wanted, {std::string(actor), clock_.Now(), wanted.reason()}));
  storage::ModelChange change;
  change.sequence = NextSequence(name.tenant);
  change.model = name.model;
  change.traffic = storage::StoredDocument{traffic.message.revision(), traffic.message.SerializeAsString()};
  CLIENTELE_RETURN_IF_ERROR(store_.Commit(name.tenant, change, nullptr));
  v1::ModelTraffic described = traffic.message;
  auto changed = std::make_shared<Model>(*model);
  changed->traffic = std::make_shared<const Traffic>(std::move(traffic));
  Show(name.tenant, name.model, std::move(changed));
  return described;
}

absl::StatusOr<v1::Model> Registry::Update(const ModelName& name, const v1::UpdateModelRequest& request) {
  absl::MutexLock lock(&mutex_);
  CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*Get(), name.tenant, name.model));
  CLIENTELE_ASSIGN_OR_RETURN(ModelSettings settings, PlanSettings(*model, name, request, clock_.Now()));
  storage::ModelChange change;
  change.sequence = NextSequence(name.tenant);
  change.model = name.model;
  change.settings = Encode(settings);
  CLIENTELE_RETURN_IF_ERROR(store_.Commit(name.tenant, change, nullptr));
  auto changed = std::make_shared<Model>(*model);
  changed->settings = std::make_shared<const ModelSettings>(std::move(settings));
  v1::Model described = DescribeModel(name.tenant, name.model, *changed);
  Show(name.tenant, name.model, std::move(changed));
  return described;
}

absl::StatusOr<v1::ModelVersion> Registry::Delete(const VersionName& name, absl::string_view reason,
                                                  absl::string_view actor) {
  absl::MutexLock lock(&mutex_);
  CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*Get(), name.tenant, name.model));
  CLIENTELE_ASSIGN_OR_RETURN(auto tombstone, PlanDelete(*model, name));
  if (!tombstone.has_value()) return Describe(name);
  storage::ModelChange change;
  change.sequence = NextSequence(name.tenant);
  change.model = name.model;
  change.version = *tombstone;
  CLIENTELE_RETURN_IF_ERROR(store_.Commit(name.tenant, change, nullptr));
  observability::Log(observability::LogLevel::kInfo, "model version deleted",
                     {{"version", tombstone->metadata.name()}, {"actor", actor}, {"reason", reason}});
  auto changed = std::make_shared<Model>(*model);
  changed->versions.erase(name.version);
  Show(name.tenant, name.model, std::move(changed));
  return std::move(tombstone->metadata);
}

absl::StatusOr<v1::ModelTraffic> Registry::GetTraffic(const ModelName& name) const {
  CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*Get(), name.tenant, name.model));
  return model->traffic == nullptr ? NoTraffic(name) : model->traffic->message;
}

absl::StatusOr<v1::ModelAlias> Registry::GetAlias(const AliasName& name, std::optional<absl::Time> as_of) const {
  if (!as_of.has_value()) {
    CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*Get(), name.tenant, name.model));
    const auto found = model->aliases.find(name.alias);
    if (found == model->aliases.end()) return NoSuchAlias(name, "");
    return DescribeAlias(name.tenant, name.model, name.alias, found->second);
  }
  CLIENTELE_ASSIGN_OR_RETURN(const auto journal, ReadAliasJournal(name));
  const Alias alias = AliasAt(journal, *as_of);
  if (alias.revision == 0)
    return NoSuchAlias(name, absl::StrCat(" at ", absl::FormatTime(*as_of, absl::UTCTimeZone())));
  return DescribeAlias(name.tenant, name.model, name.alias, alias);
}

absl::StatusOr<std::vector<storage::AliasRevision>> Registry::ReadAliasJournal(const AliasName& name) const {
  CLIENTELE_RETURN_IF_ERROR(FindModel(*Get(), name.tenant, name.model).status());
  CLIENTELE_ASSIGN_OR_RETURN(auto journal, store_.ReadAliasJournal(name.tenant, name.model, name.alias));
  if (journal.empty()) return NoSuchAlias(name, "");
  return journal;
}

absl::StatusOr<v1::ModelAlias> Registry::Move(const AliasName& name, const Model& model,
                                              const storage::AliasRevision& revision) {
  storage::ModelChange change;
  change.sequence = NextSequence(name.tenant);
  change.model = name.model;
  change.revisions = {revision};
  CLIENTELE_RETURN_IF_ERROR(store_.Commit(name.tenant, change, nullptr));
  auto changed = std::make_shared<Model>(model);
  Alias& alias = changed->aliases[name.alias];
  alias = Apply(std::move(alias), revision);
  const v1::ModelAlias described = DescribeAlias(name.tenant, name.model, name.alias, alias);
  Show(name.tenant, name.model, std::move(changed));
  return described;
}

absl::StatusOr<std::vector<storage::PastChange>> Registry::AwaitChanges(const TenantId& tenant, int64_t sequence,
                                                                        const StopToken& stop,
                                                                        const StopToken& drain) const {
  int64_t shown = 0;
  {
    absl::MutexLock lock(&watch_mutex_);
    while ((shown = Get()->SequenceOf(tenant)) <= sequence) {
      if (!drain.Check().ok()) {
        return Error(absl::StatusCode::kUnavailable, ErrorReason::kShuttingDown, "the server is shutting down");
      }
      CLIENTELE_RETURN_IF_ERROR(stop.Check());
      changed_.WaitWithTimeout(&watch_mutex_, kStopCheck);
    }
  }
  // What is stored already but not shown yet comes next time.
  const int64_t most = std::min<int64_t>(shown - sequence, kMostChangesAtOnce);
  return store_.ReadChanges(tenant, sequence, static_cast<int>(most));
}

}  // namespace clientele::inference
