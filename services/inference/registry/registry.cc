#include "services/inference/registry/registry.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"

namespace clientele::inference {
namespace {

constexpr absl::Duration kStopCheck = absl::Milliseconds(100);
constexpr int kMostChangesAtOnce = 100;

std::shared_ptr<const Model> FindOrNull(const Catalogue& catalogue, const TenantId& tenant, const std::string& id) {
  auto found = FindModel(catalogue, tenant, id);
  return found.ok() ? *std::move(found) : nullptr;
}

absl::StatusOr<std::shared_ptr<const ScoringModel>> Load(const storage::ArtifactBytes& bytes) {
  CLIENTELE_ASSIGN_OR_RETURN(auto predictor, model::Predictor::Load(bytes.view()));
  return std::make_shared<const ScoringModel>(std::move(predictor));
}

// A stored artifact may be damaged, where one on its way in was checked as it came.
absl::StatusOr<std::shared_ptr<const ScoringModel>> LoadChecked(const storage::ArtifactBytes& bytes,
                                                                absl::string_view sha256) {
  if (Sha256Hex(bytes.view()) != sha256) {
    return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kArtifactInvalid,
                 "the stored artifact is damaged: its SHA-256 is another; publish it again");
  }
  return Load(bytes);
}

v1::ModelVersion MakeMetadata(const PublishOrder& order, const ScoringModel& model, int64_t number, int64_t size_bytes,
                              absl::Time now) {
  const auto& artifact = model.predictor().artifact();
  v1::ModelVersion metadata;
  metadata.set_name(FormatVersion(order.tenant, order.model, number));
  metadata.set_algorithm(model.algorithm());
  metadata.set_sha256(order.sha256);
  metadata.set_size_bytes(size_bytes);
  *metadata.mutable_create_time() = ToProto(now);
  metadata.set_training_job(order.training_job);
  *metadata.mutable_spec() = artifact.spec();
  *metadata.mutable_evaluation() = artifact.evaluation();
  *metadata.mutable_gate_decision() = order.gate_decision;
  for (const auto& column : artifact.schema()) {
    auto& input = *metadata.add_inputs();
    input.set_feature(column.feature().name());
    input.set_type(column.type());
    input.set_display_name(column.feature().display_name());
    input.set_unit(column.feature().unit());
  }
  return metadata;
}

absl::Status NoSuchAlias(const AliasName& name, absl::string_view when) {
  return Error(absl::StatusCode::kNotFound, ErrorReason::kModelNotFound,
               absl::StrCat("model \"", name.model, "\" has no alias \"", name.alias, "\"", when));
}

std::shared_ptr<const Version> MakeAvailable(int64_t number, v1::ModelVersion metadata,
                                             std::shared_ptr<const ScoringModel> model) {
  auto version = std::make_shared<Version>();
  version->number = number;
  version->metadata = std::move(metadata);
  version->metadata.set_state(v1::ModelVersion::STATE_AVAILABLE);
  version->model = std::move(model);
  return version;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Registry>> Registry::Open(storage::VersionStore& store, const Clock& clock) {
  std::unique_ptr<Registry> registry(new Registry(store, clock));
  CLIENTELE_RETURN_IF_ERROR(registry->LoadAll());
  return registry;
}

absl::Status Registry::LoadAll() {
  std::map<TenantId, std::map<std::string, Model>> models;
  CLIENTELE_RETURN_IF_ERROR(store_.ForEachVersion(
      [&](const TenantId& tenant, const std::string& model, storage::StoredVersion stored) {
        const int64_t number = stored.number;
        models[tenant][model].versions[number] = LoadStored(tenant, model, std::move(stored));
      }));
  CLIENTELE_RETURN_IF_ERROR(store_.ForEachAliasRevision(
      [&](const TenantId& tenant, const std::string& model, storage::AliasRevision revision) {
        Alias& alias = models[tenant][model].aliases[revision.alias];
        alias = Apply(std::move(alias), revision);
      }));
  absl::Status readable = absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(store_.ForEachTraffic(
      [&](const TenantId& tenant, const std::string& model, storage::StoredTraffic stored) {
        v1::ModelTraffic message;
        if (!message.ParseFromString(stored.bytes)) readable = absl::DataLossError("a stored traffic is damaged");
        auto traffic = ParseTraffic("traffic", {tenant, model}, message);
        if (!traffic.ok()) readable.Update(traffic.status());
        if (traffic.ok()) models[tenant][model].traffic = std::make_shared<const Traffic>(*std::move(traffic));
      }));
  CLIENTELE_RETURN_IF_ERROR(readable);
  auto catalogue = std::make_shared<Catalogue>();
  CLIENTELE_RETURN_IF_ERROR(store_.ForEachSequence(
      [&](const TenantId& tenant, int64_t last) { catalogue->sequences[tenant] = last; }));
  for (auto& [tenant, by_id] : models) {
    auto tenant_models = std::make_shared<TenantModels>();
    for (auto& [id, model] : by_id) (*tenant_models)[id] = std::make_shared<const Model>(std::move(model));
    catalogue->tenants[tenant] = std::move(tenant_models);
  }
  catalogue_.Set(std::move(catalogue));
  return absl::OkStatus();
}

std::shared_ptr<const Version> Registry::LoadStored(const TenantId& tenant, const std::string& model,
                                                    storage::StoredVersion stored) const {
  const auto load = [&]() -> absl::StatusOr<std::shared_ptr<const ScoringModel>> {
    CLIENTELE_ASSIGN_OR_RETURN(const auto bytes, store_.ReadArtifact(tenant, stored.metadata.sha256()));
    return LoadChecked(*bytes, stored.metadata.sha256());
  };
  stored.metadata.set_name(FormatVersion(tenant, model, stored.number));
  auto loaded = load();
  if (loaded.ok()) return MakeAvailable(stored.number, std::move(stored.metadata), *std::move(loaded));
  auto version = std::make_shared<Version>();
  version->number = stored.number;
  version->metadata = std::move(stored.metadata);
  version->metadata.set_state(v1::ModelVersion::STATE_FAILED);
  version->metadata.set_state_reason(std::string(loaded.status().message()));
  return version;
}

VersionCounts Registry::Count() const {
  VersionCounts counts;
  const auto catalogue = Get();
  for (const auto& [tenant, models] : catalogue->tenants) {
    for (const auto& [id, model] : *models) {
      for (const auto& [number, version] : model->versions) ++(version->model ? counts.available : counts.failed);
    }
  }
  return counts;
}

absl::StatusOr<Registry::Artifact> Registry::ReadArtifact(const ModelReference& reference) const {
  CLIENTELE_ASSIGN_OR_RETURN(Resolution found, Resolve(*Get(), reference));
  const v1::ModelVersion& metadata = found.version->metadata;
  CLIENTELE_ASSIGN_OR_RETURN(auto bytes, store_.ReadArtifact(reference.tenant, metadata.sha256()));
  if (Sha256Hex(bytes->view()) != metadata.sha256()) {
    return absl::DataLossError(absl::StrCat(metadata.name(), " is damaged: its SHA-256 is another; publish it again"));
  }
  return Artifact{std::move(found.version), std::move(bytes)};
}

absl::StatusOr<std::unique_ptr<Upload>> Registry::BeginUpload(const PublishOrder& order) {
  CLIENTELE_ASSIGN_OR_RETURN(auto artifact, store_.StageArtifact(order.tenant));
  return std::make_unique<Upload>(std::move(artifact));
}

absl::StatusOr<std::shared_ptr<const Version>> Registry::FindRequested(const PublishOrder& order) const {
  if (order.request_id.empty()) return nullptr;
  const auto request = store_.FindRequest(order.tenant, order.request_id);
  if (absl::IsNotFound(request.status())) return nullptr;
  if (!request.ok()) return request.status();
  if (request->fingerprint != FingerprintOf(order)) {
    return Error(absl::StatusCode::kAlreadyExists, ErrorReason::kRequestIdReused,
                 "header.request_id was used by another request; take a new one");
  }
  CLIENTELE_ASSIGN_OR_RETURN(Resolution found,
                             Resolve(*Get(), {order.tenant, request->model, "", request->version}));
  return std::move(found.version);
}

absl::StatusOr<v1::ModelVersion> Registry::Publish(const PublishOrder& order, Upload& upload, absl::string_view actor) {
  CLIENTELE_RETURN_IF_ERROR(upload.Finish(order));
  // Loading takes its time, so it is done before anybody waits; what it says holds whatever happens meanwhile.
  std::shared_ptr<const ScoringModel> loaded;
  const auto before = FindOrNull(*Get(), order.tenant, order.model);
  if (PlanPublish(before.get(), order.sha256, {}, {}).must_load) {
    CLIENTELE_ASSIGN_OR_RETURN(const auto bytes, upload.artifact()->Read());
    CLIENTELE_ASSIGN_OR_RETURN(loaded, Load(*bytes));
  }
  absl::MutexLock lock(&mutex_);
  return Commit(order, upload, std::move(loaded), actor);
}

absl::StatusOr<v1::ModelVersion> Registry::Commit(const PublishOrder& order, Upload& upload,
                                                  std::shared_ptr<const ScoringModel> loaded, absl::string_view actor) {
  const auto model = FindOrNull(*Get(), order.tenant, order.model);
  CLIENTELE_ASSIGN_OR_RETURN(const auto requested, FindRequested(order));
  if (requested != nullptr && model != nullptr) return DescribeVersion(*model, *requested);

  const Author author{std::string(actor), clock_.Now()};
  PublishPlan plan = PlanPublish(model.get(), order.sha256, order.aliases, author);
  auto changed = model == nullptr ? std::make_shared<Model>() : std::make_shared<Model>(*model);
  storage::ModelChange change;
  change.sequence = NextSequence(order.tenant);
  change.model = order.model;
  change.revisions = plan.revisions;
  if (!order.request_id.empty()) {
    change.request = storage::PublishRequest{order.request_id, FingerprintOf(order), order.model, plan.version};
  }
  if (plan.must_load) {
    v1::ModelVersion metadata = plan.is_new
                                    ? MakeMetadata(order, *loaded, plan.version, upload.size_bytes(), author.time)
                                    : changed->versions[plan.version]->metadata;
    metadata.clear_state();
    metadata.clear_state_reason();
    change.version = storage::StoredVersion{plan.version, metadata};
    changed->versions[plan.version] = MakeAvailable(plan.version, std::move(metadata), std::move(loaded));
  }
  for (const storage::AliasRevision& revision : plan.revisions) {
    Alias& alias = changed->aliases[revision.alias];
    alias = Apply(std::move(alias), revision);
  }
  CLIENTELE_RETURN_IF_ERROR(
      store_.Commit(order.tenant, change, plan.must_load ? std::move(upload.artifact()) : nullptr));
  v1::ModelVersion described = DescribeVersion(*changed, *changed->versions[plan.version]);
  Show(order.tenant, order.model, std::move(changed));
  return described;
}

absl::StatusOr<v1::ModelAlias> Registry::SetAlias(const AliasName& name, int64_t version, const AliasMove& move) {
  absl::MutexLock lock(&mutex_);
  CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*Get(), name.tenant, name.model));
  CLIENTELE_ASSIGN_OR_RETURN(
      const auto revision,
      PlanSet(*model, name.alias, version, move.etag, {move.actor, clock_.Now(), move.reason}));
  if (revision.has_value()) return Move(name, *model, *revision);
  return DescribeAlias(name.tenant, name.model, name.alias, model->aliases.at(name.alias));
}

absl::StatusOr<v1::ModelAlias> Registry::RollbackAlias(const AliasName& name, int64_t revision,
                                                       const AliasMove& move) {
  absl::MutexLock lock(&mutex_);
  CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*Get(), name.tenant, name.model));
  const Author author{move.actor, clock_.Now(), move.reason};
  if (revision == 0) {
    CLIENTELE_ASSIGN_OR_RETURN(const auto back, PlanRollback(*model, name.alias, move.etag, author));
    return Move(name, *model, back);
  }
  CLIENTELE_ASSIGN_OR_RETURN(const auto journal, ReadAliasJournal(name));
  CLIENTELE_ASSIGN_OR_RETURN(const auto restored, PlanRestore(*model, name.alias, journal, revision, move.etag, author));
  if (restored.has_value()) return Move(name, *model, *restored);
  return DescribeAlias(name.tenant, name.model, name.alias, model->aliases.at(name.alias));
}

absl::StatusOr<v1::ModelTraffic> Registry::UpdateTraffic(const ModelName& name, const v1::ModelTraffic& wanted,
                                                         absl::string_view actor) {
  absl::MutexLock lock(&mutex_);
  CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*Get(), name.tenant, name.model));
  CLIENTELE_ASSIGN_OR_RETURN(
      Traffic traffic, PlanTraffic(*model, name, wanted, {std::string(actor), clock_.Now(), wanted.reason()}));
  storage::ModelChange change;
  change.sequence = NextSequence(name.tenant);
  change.model = name.model;
  change.traffic = storage::StoredTraffic{traffic.message.revision(), traffic.message.SerializeAsString()};
  CLIENTELE_RETURN_IF_ERROR(store_.Commit(name.tenant, change, nullptr));
  v1::ModelTraffic described = traffic.message;
  auto changed = std::make_shared<Model>(*model);
  changed->traffic = std::make_shared<const Traffic>(std::move(traffic));
  Show(name.tenant, name.model, std::move(changed));
  return described;
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
  if (alias.revision == 0) return NoSuchAlias(name, absl::StrCat(" at ", absl::FormatTime(*as_of, absl::UTCTimeZone())));
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

void Registry::Show(const TenantId& tenant, const std::string& id, std::shared_ptr<const Model> model) {
  auto catalogue = std::make_shared<Catalogue>(*Get());
  ++catalogue->sequences[tenant];
  auto& models = catalogue->tenants[tenant];
  auto changed = models == nullptr ? std::make_shared<TenantModels>() : std::make_shared<TenantModels>(*models);
  (*changed)[id] = std::move(model);
  models = std::move(changed);
  retired_.push_back(catalogue_.Set(std::move(catalogue)));
  // Nobody can take a retired catalogue any more: one that only we hold can go.
  std::erase_if(retired_, [](const auto& retired) { return retired.use_count() == 1; });
  absl::MutexLock lock(&watch_mutex_);
  changed_.SignalAll();
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
