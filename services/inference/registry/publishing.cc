// How a version comes in: the part of the registry that publishes.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/inference/registry/holdings.h"
#include "services/inference/registry/registry.h"

namespace clientele::inference {
namespace {

std::shared_ptr<const Model> FindOrNull(const Catalogue& catalogue, const TenantId& tenant, const std::string& id) {
  auto found = FindModel(catalogue, tenant, id);
  return found.ok() ? *std::move(found) : nullptr;
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

absl::StatusOr<std::unique_ptr<Upload>> Registry::BeginUpload(const PublishOrder& order) {
  CLIENTELE_ASSIGN_OR_RETURN(auto artifact, store_.StageArtifact(order.tenant));
  return std::make_unique<Upload>(std::move(artifact));
}

absl::StatusOr<std::optional<v1::ModelVersion>> Registry::FindRequested(const PublishOrder& order) const {
  if (order.request_id.empty()) return std::optional<v1::ModelVersion>();
  const auto request = store_.FindRequest(order.tenant, order.request_id);
  if (absl::IsNotFound(request.status())) return std::optional<v1::ModelVersion>();
  if (!request.ok()) return request.status();
  if (request->fingerprint != FingerprintOf(order)) {
    return Error(absl::StatusCode::kAlreadyExists, ErrorReason::kRequestIdReused,
                 "header.request_id was used by another request; take a new one");
  }
  CLIENTELE_ASSIGN_OR_RETURN(v1::ModelVersion version, Describe({order.tenant, request->model, request->version}));
  return std::optional<v1::ModelVersion>(std::move(version));
}

absl::StatusOr<v1::ModelVersion> Registry::Publish(const PublishOrder& order, Upload& upload, absl::string_view actor) {
  CLIENTELE_RETURN_IF_ERROR(upload.Finish(order));
  // Loading takes its time, so it is done while nobody waits; what it says holds whatever happens meanwhile.
  std::shared_ptr<const ScoringModel> loaded;
  const auto before = FindOrNull(*Get(), order.tenant, order.model);
  bool must_load = PlanPublish(before.get(), order.sha256, {}, {}).must_load;
  while (true) {
    if (must_load) {
      CLIENTELE_ASSIGN_OR_RETURN(const auto bytes, upload.artifact()->Read());
      CLIENTELE_ASSIGN_OR_RETURN(loaded, LoadModel(*bytes));
    }
    absl::MutexLock lock(&mutex_);
    const auto model = FindOrNull(*Get(), order.tenant, order.model);
    CLIENTELE_ASSIGN_OR_RETURN(const auto requested, FindRequested(order));
    if (requested.has_value()) return *requested;
    const Author author{std::string(actor), clock_.Now()};
    const PublishPlan plan = PlanPublish(model.get(), order.sha256, order.aliases, author);
    if (!plan.is_new && model->versions.at(plan.version)->is_retired()) {
      return CheckAvailable(*model->versions.at(plan.version));
    }
    must_load = plan.must_load;
    // Without a model here, the version was unloaded or deleted since it was looked at.
    if (!must_load || loaded != nullptr) return Commit(order, upload, plan, std::move(loaded), author);
  }
}

absl::StatusOr<v1::ModelVersion> Registry::Commit(const PublishOrder& order, Upload& upload, const PublishPlan& plan,
                                                  std::shared_ptr<const ScoringModel> loaded, const Author& author) {
  const auto catalogue = Get();
  const auto model = FindOrNull(*catalogue, order.tenant, order.model);
  if (plan.is_new && meter_ != nullptr) {
    const std::string& tenant = order.tenant.value();
    CLIENTELE_RETURN_IF_ERROR(CheckMayHoldMore(HoldingsOf(*catalogue, order.tenant), model.get(),
                                               meter_->LimitsOf(tenant), meter_->Of(tenant)));
  }
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
    if (plan.version == 1) changed->create_time = author.time;
    changed->last_version = std::max(changed->last_version, plan.version);
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

}  // namespace clientele::inference
