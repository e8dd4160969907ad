// Which versions are loaded: the part of the registry that follows PlanResidency, from what is stored at start on.
#include <memory>
#include <set>
#include <utility>

#include "common/base/status_macros.h"
#include "common/observability/log.h"
#include "services/inference/registry/registry.h"
#include "services/inference/registry/residency.h"
#include "services/inference/registry/stored_models.h"

namespace clientele::inference {
namespace {

using State = v1::ModelVersion;

// Two, so that a large model does not keep the small ones waiting.
constexpr int kLoadingThreads = 2;
constexpr absl::Duration kStopCheck = absl::Milliseconds(100);

std::shared_ptr<const Version> InState(const Version& version, State::State state, absl::string_view reason = "",
                                       std::shared_ptr<const ScoringModel> model = nullptr) {
  Version changed{version.number, version.metadata, std::move(model)};
  changed.metadata.set_state(state);
  changed.metadata.set_state_reason(std::string(reason));
  return std::make_shared<const Version>(std::move(changed));
}

const Version* FindVersion(const Model& model, int64_t number) {
  const auto found = model.versions.find(number);
  return found == model.versions.end() ? nullptr : found->second.get();
}

int64_t CountDeleted(const Model& model) { return model.last_version - static_cast<int64_t>(model.versions.size()); }

}  // namespace

Registry::Registry(storage::VersionStore& store, const Clock& clock, LifecycleMetrics* metrics)
    : store_(store),
      clock_(clock),
      metrics_(metrics),
      catalogue_(std::make_shared<Catalogue>()),
      loader_(store, kLoadingThreads, [this](std::vector<Loader::Result> results) { OnLoaded(std::move(results)); }) {}

Registry::~Registry() {
  if (follower_.joinable()) {
    follower_.request_stop();
    follower_.join();
  }
  // Both reach for the other, and for the rest.
  reaper_.Stop();
  loader_.Stop();
}

absl::StatusOr<std::unique_ptr<Registry>> Registry::Open(storage::VersionStore& store, const Clock& clock,
                                                         LifecycleMetrics* metrics) {
  CLIENTELE_ASSIGN_OR_RETURN(StoredModels stored, ReadStoredModels(store));
  std::unique_ptr<Registry> registry(new Registry(store, clock, metrics));
  auto catalogue = std::make_shared<Catalogue>();
  catalogue->sequences = std::move(stored.sequences);
  std::vector<Shown> all;
  for (auto& [tenant, models] : stored.models) {
    for (auto& [id, model] : models) all.push_back({tenant, id, std::make_shared<Model>(std::move(model))});
  }
  absl::MutexLock lock(&registry->mutex_);
  registry->Replace(std::move(catalogue), std::move(all));
  if (store.IsShared()) {
    registry->follower_ = std::jthread([raw = registry.get()](std::stop_token stop) { raw->Follow(std::move(stop)); });
  }
  return registry;
}

int64_t Registry::Count(State::State state) const {
  int64_t count = 0;
  const auto catalogue = Get();
  for (const auto& [tenant, models] : catalogue->tenants) {
    for (const auto& [id, model] : *models) {
      if (state == State::STATE_DELETED) count += CountDeleted(*model);
      for (const auto& [number, version] : model->versions) count += version->metadata.state() == state;
    }
  }
  return count;
}

void Registry::Show(const TenantId& tenant, const std::string& id, std::shared_ptr<Model> model) {
  auto next = std::make_shared<Catalogue>(*Get());
  ++next->sequences[tenant];
  Replace(std::move(next), {{tenant, id, std::move(model)}});
}

void Registry::ShowStates(std::vector<Shown> shown) { Replace(std::make_shared<Catalogue>(*Get()), std::move(shown)); }

void Registry::Replace(std::shared_ptr<Catalogue> next, std::vector<Shown> shown) {
  const auto before = Get();
  std::vector<Loader::Job> jobs;
  std::map<TenantId, std::shared_ptr<TenantModels>> changed;
  for (Shown& one : shown) {
    Settle(one, jobs);
    auto& models = changed[one.tenant];
    const auto known = next->tenants.find(one.tenant);
    if (models == nullptr) {
      models = known == next->tenants.end() ? std::make_shared<TenantModels>()
                                            : std::make_shared<TenantModels>(*known->second);
    }
    (*models)[one.id] = one.model;
  }
  for (auto& [tenant, models] : changed) next->tenants[tenant] = std::move(models);
  // Nobody can take the old catalogue any more.
  reaper_.Take(catalogue_.Set(std::move(next)));
  for (const Shown& one : shown) {
    const auto old = FindModel(*before, one.tenant, one.id);
    Retire(one, old.ok() ? old->get() : nullptr);
  }
  if (metrics_ != nullptr) metrics_->SetVersions(counts_);
  loader_.Add(std::move(jobs));
  absl::MutexLock lock(&watch_mutex_);
  changed_.SignalAll();
}

std::set<int64_t> Registry::HeldVersions(const TenantId& tenant, const std::string& model) const {
  const auto held = held_.find({tenant, model});
  if (held == held_.end()) return {};
  return {held->second.begin(), held->second.end()};
}

void Registry::Settle(Shown& shown, std::vector<Loader::Job>& jobs) {
  for (const ResidencyAction& action : PlanResidency(*shown.model, HeldVersions(shown.tenant, shown.id))) {
    auto& version = shown.model->versions.at(action.version);
    if (action.kind == ResidencyAction::Kind::kUnload) {
      auto leaving = std::exchange(version, InState(*version, State::STATE_UNLOADING));
      reaper_.Take(std::move(leaving), [this, name = ModelName{shown.tenant, shown.id}, number = action.version] {
        OnFreed(name, number);
      });
    } else {
      version = InState(*version, State::STATE_LOADING);
      jobs.push_back({shown.tenant, shown.id, action.version, version->metadata.sha256(),
                      version->metadata.size_bytes(), action.urgent});
    }
  }
}

void Registry::Retire(const Shown& after, const Model* before) {
  for (const auto& [number, version] : after.model->versions) ++counts_[version->metadata.state()];
  counts_[State::STATE_DELETED] += CountDeleted(*after.model);
  if (before == nullptr) return;
  counts_[State::STATE_DELETED] -= CountDeleted(*before);
  for (const auto& [number, version] : before->versions) {
    --counts_[version->metadata.state()];
    const Version* successor = FindVersion(*after.model, number);
    if (version->model == nullptr || version.get() == successor) continue;
    // What is UNLOADING, Settle has handed over.
    const bool handed_over = successor != nullptr && successor->metadata.state() == State::STATE_UNLOADING;
    if (!handed_over) reaper_.Take(version);
  }
}

void Registry::Reconsider(const ModelName& name) {
  const auto model = FindModel(*Get(), name.tenant, name.model);
  if (!model.ok()) return;
  if (PlanResidency(**model, HeldVersions(name.tenant, name.model)).empty()) return;
  ShowStates({{name.tenant, name.model, std::make_shared<Model>(**model)}});
}

void Registry::OnLoaded(std::vector<Loader::Result> results) {
  absl::MutexLock lock(&mutex_);
  std::map<std::pair<TenantId, std::string>, std::shared_ptr<Model>> changed;
  for (Loader::Result& result : results) {
    if (metrics_ != nullptr) metrics_->CountLoad(result.model.ok(), result.duration);
    const auto found = FindModel(*Get(), result.job.tenant, result.job.model);
    if (!found.ok()) continue;
    auto& model = changed[{result.job.tenant, result.job.model}];
    if (model == nullptr) model = std::make_shared<Model>(**found);
    // Else it was deleted, unloaded or published anew meanwhile.
    const Version* waiting = FindVersion(*model, result.job.version);
    const auto expected = result.job.failures == 0 ? State::STATE_LOADING : State::STATE_FAILED;
    if (waiting == nullptr || waiting->metadata.state() != expected) continue;
    auto& version = model->versions.at(result.job.version);
    if (result.model.ok()) {
      version = InState(*version, State::STATE_AVAILABLE, "", *std::move(result.model));
      continue;
    }
    observability::Log(observability::LogLevel::kError, "model version cannot be loaded",
                       {{"version", version->metadata.name()}, {"error", result.model.status().message()}});
    version = InState(*version, State::STATE_FAILED, result.model.status().message());
    // A disk may be well again; an artifact that is damaged stays so.
    if (absl::IsUnavailable(result.model.status())) loader_.AddAgain(std::move(result.job));
  }
  std::vector<Shown> shown;
  for (auto& [name, model] : changed) shown.push_back({name.first, name.second, std::move(model)});
  ShowStates(std::move(shown));
}

void Registry::OnFreed(const ModelName& name, int64_t number) {
  absl::MutexLock lock(&mutex_);
  const auto model = FindModel(*Get(), name.tenant, name.model);
  if (!model.ok()) return;
  const Version* version = FindVersion(**model, number);
  if (version == nullptr || version->metadata.state() != State::STATE_UNLOADING)
    return;  // Asked for again, or deleted.
  auto changed = std::make_shared<Model>(**model);
  changed->versions[number] = InState(*version, State::STATE_UNLOADED);
  ShowStates({{name.tenant, name.model, std::move(changed)}});
}

Registry::Hold::Hold(Registry& registry, const ModelName& name, std::vector<int64_t> versions)
    : registry_(registry), name_(name), versions_(std::move(versions)) {
  absl::MutexLock lock(&registry_.mutex_);
  registry_.held_[{name_.tenant, name_.model}].insert(versions_.begin(), versions_.end());
  registry_.Reconsider(name_);
}

Registry::Hold::~Hold() {
  absl::MutexLock lock(&registry_.mutex_);
  const auto held = registry_.held_.find({name_.tenant, name_.model});
  for (const int64_t version : versions_) held->second.erase(held->second.find(version));
  if (held->second.empty()) registry_.held_.erase(held);
  registry_.Reconsider(name_);
}

absl::Status Registry::Hold::Await(const StopToken& stop) const {
  const auto is_loading = [&] {
    const auto model = FindModel(*registry_.Get(), name_.tenant, name_.model);
    if (!model.ok()) return false;
    for (const int64_t number : versions_) {
      const Version* version = FindVersion(**model, number);
      if (version != nullptr && version->metadata.state() == State::STATE_LOADING) return true;
    }
    return false;
  };
  absl::MutexLock lock(&registry_.watch_mutex_);
  while (is_loading()) {
    CLIENTELE_RETURN_IF_ERROR(stop.Check());
    registry_.changed_.WaitWithTimeout(&registry_.watch_mutex_, kStopCheck);
  }
  return absl::OkStatus();
}

}  // namespace clientele::inference
