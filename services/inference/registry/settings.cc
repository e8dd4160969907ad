#include "services/inference/registry/settings.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"

namespace clientele::inference {
namespace {

using v1::VersionPolicy;

constexpr int kDefaultLatest = 3;
constexpr int kMostVersions = 1000;
constexpr size_t kMostNameBytes = 256;

absl::Status CheckSpecific(const Model& model, const ModelName& name, const VersionPolicy::Versions& specific) {
  const std::string field = "model.version_policy.specific.versions";
  if (specific.versions_size() > kMostVersions) {
    return InvalidField(field, absl::StrCat("has ", specific.versions_size(), " of them, more than ", kMostVersions));
  }
  for (int i = 0; i < specific.versions_size(); ++i) {
    const std::string here = absl::StrCat(field, "[", i, "]");
    CLIENTELE_ASSIGN_OR_RETURN(const VersionName version, ParseVersionName(here, specific.versions(i)));
    if (version.tenant != name.tenant || version.model != name.model) {
      return InvalidField(here, absl::StrCat("\"", specific.versions(i), "\" is of another model"));
    }
    const auto found = model.versions.find(version.version);
    if (found != model.versions.end()) continue;
    return Error(absl::StatusCode::kNotFound, ErrorReason::kModelNotFound,
                 absl::StrCat(here, ": the model has no version ", version.version));
  }
  return absl::OkStatus();
}

absl::Status CheckPolicy(const Model& model, const ModelName& name, const VersionPolicy& policy) {
  switch (policy.policy_case()) {
    case VersionPolicy::kLatest:
      if (policy.latest() >= 1 && policy.latest() <= kMostVersions) return absl::OkStatus();
      return InvalidField("model.version_policy.latest",
                          absl::StrCat(policy.latest(), " is not in 1 to ", kMostVersions));
    case VersionPolicy::kAll:
      if (policy.all()) return absl::OkStatus();
      return InvalidField("model.version_policy.all", "can only be true; set another policy instead");
    case VersionPolicy::kSpecific: return CheckSpecific(model, name, policy.specific());
    case VersionPolicy::POLICY_NOT_SET: return absl::OkStatus();
  }
  return absl::OkStatus();
}

std::vector<std::string> PathsOf(const v1::UpdateModelRequest& request) {
  if (request.has_update_mask()) return {request.update_mask().paths().begin(), request.update_mask().paths().end()};
  std::vector<std::string> paths;
  if (!request.model().display_name().empty()) paths.push_back("display_name");
  if (request.model().has_version_policy()) paths.push_back("version_policy");
  if (!request.model().purpose().empty()) paths.push_back("purpose");
  return paths;
}

absl::Status SetPath(const std::string& path, const Model& model, const ModelName& name, const v1::Model& wanted,
                     ModelSettings& settings) {
  if (path == "display_name") {
    if (wanted.display_name().size() > kMostNameBytes) {
      return InvalidField("model.display_name", absl::StrCat("has more than ", kMostNameBytes, " bytes"));
    }
    settings.display_name = wanted.display_name();
    return absl::OkStatus();
  }
  if (path == "version_policy") {
    CLIENTELE_RETURN_IF_ERROR(CheckPolicy(model, name, wanted.version_policy()));
    settings.policy = wanted.version_policy();
    return absl::OkStatus();
  }
  if (path == "purpose") {
    if (!wanted.purpose().empty() && !IsResourceId(wanted.purpose())) {
      return InvalidField("model.purpose", absl::StrCat("\"", wanted.purpose(), "\" is not [a-z][a-z0-9-]{0,62}"));
    }
    settings.purpose = wanted.purpose();
    return absl::OkStatus();
  }
  return InvalidField("update_mask",
                      absl::StrCat("\"", path, "\" cannot be set; allowed: display_name, version_policy, purpose"));
}

}  // namespace

std::string PurposeOf(const Model& model) {
  if (model.settings != nullptr && !model.settings->purpose.empty()) return model.settings->purpose;
  return model.versions.empty() ? "" : model.versions.rbegin()->second->metadata.spec().dataset().purpose();
}

std::string PurposeOf(const Catalogue& catalogue, const TenantId& tenant, absl::string_view model) {
  const auto found = FindModel(catalogue, tenant, model);
  return found.ok() ? PurposeOf(**found) : "";
}

VersionPolicy PolicyOf(const Model& model) {
  if (model.settings != nullptr && model.settings->policy.policy_case() != VersionPolicy::POLICY_NOT_SET) {
    return model.settings->policy;
  }
  VersionPolicy policy;
  policy.set_latest(kDefaultLatest);
  return policy;
}

std::set<int64_t> VersionsOfPolicy(const Model& model) {
  const VersionPolicy policy = PolicyOf(model);
  std::set<int64_t> versions;
  for (const std::string& name : policy.specific().versions()) {
    const auto version = ParseVersionName("versions", name);
    if (version.ok()) versions.insert(version->version);
  }
  const size_t most = policy.has_latest() ? policy.latest() : policy.all() ? model.versions.size() : 0;
  for (auto it = model.versions.rbegin(); it != model.versions.rend() && versions.size() < most; ++it) {
    if (!it->second->is_retired()) versions.insert(it->first);
  }
  return versions;
}

std::string SettingsEtag(const Model& model) {
  const ModelSettings settings = model.settings == nullptr ? ModelSettings() : *model.settings;
  return absl::StrFormat("%016x", Hash64(absl::StrCat("settings/", settings.revision, "/", settings.display_name)));
}

absl::StatusOr<ModelSettings> PlanSettings(const Model& model, const ModelName& name,
                                           const v1::UpdateModelRequest& request, absl::Time now) {
  if (!request.model().etag().empty() && request.model().etag() != SettingsEtag(model)) {
    return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
                 absl::StrCat("model \"", name.model, "\" has changed since the etag was read; read it again"));
  }
  ModelSettings settings = model.settings == nullptr ? ModelSettings() : *model.settings;
  for (const std::string& path : PathsOf(request)) {
    CLIENTELE_RETURN_IF_ERROR(SetPath(path, model, name, request.model(), settings));
  }
  settings.update_time = settings.revision == 0 ? now : std::max(now, settings.update_time);
  ++settings.revision;
  return settings;
}

storage::StoredDocument Encode(const ModelSettings& settings) {
  v1::Model message;
  message.set_display_name(settings.display_name);
  message.set_purpose(settings.purpose);
  *message.mutable_version_policy() = settings.policy;
  *message.mutable_update_time() = ToProto(settings.update_time);
  return {settings.revision, message.SerializeAsString()};
}

absl::StatusOr<ModelSettings> Decode(const storage::StoredDocument& document) {
  v1::Model message;
  if (!message.ParseFromString(document.bytes)) return absl::DataLossError("a model's stored settings are damaged");
  return ModelSettings{document.revision, message.display_name(), message.version_policy(),
                       FromProto(message.update_time()), message.purpose()};
}

}  // namespace clientele::inference
