#include "services/inference/registry/stored_models.h"

#include <memory>
#include <utility>

#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/inference/registry/plan.h"
#include "services/inference/registry/settings.h"

namespace clientele::inference {
namespace {

absl::StatusOr<Traffic> ReadTraffic(const ModelName& name, const storage::StoredDocument& document) {
  v1::ModelTraffic message;
  if (!message.ParseFromString(document.bytes)) return absl::DataLossError("a model's stored traffic is damaged");
  return ParseTraffic("traffic", name, message);
}

void AddVersion(const TenantId& tenant, const std::string& id, storage::StoredVersion stored, Model& model) {
  // They come in the order of their numbers.
  if (model.last_version == 0) model.create_time = FromProto(stored.metadata.create_time());
  model.last_version = stored.number;
  if (stored.metadata.state() == v1::ModelVersion::STATE_DELETED) return;
  Version version{stored.number, std::move(stored.metadata), nullptr};
  version.metadata.set_name(FormatVersion(tenant, id, version.number));
  if (!version.is_retired()) version.metadata.set_state(v1::ModelVersion::STATE_UNLOADED);
  model.versions[version.number] = std::make_shared<const Version>(std::move(version));
}

}  // namespace

absl::StatusOr<StoredModels> ReadStoredModels(const storage::VersionStore& store) {
  StoredModels stored;
  CLIENTELE_RETURN_IF_ERROR(
      store.ForEachVersion([&](const TenantId& tenant, const std::string& id, storage::StoredVersion version) {
        AddVersion(tenant, id, std::move(version), stored.models[tenant][id]);
      }));
  CLIENTELE_RETURN_IF_ERROR(
      store.ForEachAliasRevision([&](const TenantId& tenant, const std::string& id, storage::AliasRevision revision) {
        Alias& alias = stored.models[tenant][id].aliases[revision.alias];
        alias = Apply(std::move(alias), revision);
      }));
  absl::Status readable = absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(
      store.ForEachTraffic([&](const TenantId& tenant, const std::string& id, storage::StoredDocument document) {
        auto traffic = ReadTraffic({tenant, id}, document);
        readable.Update(traffic.status());
        if (traffic.ok()) stored.models[tenant][id].traffic = std::make_shared<const Traffic>(*std::move(traffic));
      }));
  CLIENTELE_RETURN_IF_ERROR(
      store.ForEachSettings([&](const TenantId& tenant, const std::string& id, storage::StoredDocument document) {
        auto settings = Decode(document);
        readable.Update(settings.status());
        if (settings.ok()) {
          stored.models[tenant][id].settings = std::make_shared<const ModelSettings>(*std::move(settings));
        }
      }));
  CLIENTELE_RETURN_IF_ERROR(
      store.ForEachSequence([&](const TenantId& tenant, int64_t last) { stored.sequences[tenant] = last; }));
  if (!readable.ok()) return readable;
  return stored;
}

}  // namespace clientele::inference
