#include "services/inference/registry/catalogue.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/inference/registry/settings.h"

namespace clientele::inference {
namespace {

constexpr size_t kMaxListed = 20;

absl::Status NotFound(absl::string_view message) {
  return Error(absl::StatusCode::kNotFound, ErrorReason::kModelNotFound, message);
}

template <typename Map>
std::string Keys(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) {
    if (keys.size() == kMaxListed) {
      keys.push_back("...");
      break;
    }
    keys.push_back(absl::StrCat(key));
  }
  return keys.empty() ? "none" : absl::StrJoin(keys, ", ");
}

std::string WhyNotAvailable(const Version& version) {
  switch (version.metadata.state()) {
    case v1::ModelVersion::STATE_LOADING: return " is being loaded; try again";
    case v1::ModelVersion::STATE_UNLOADED:
    case v1::ModelVersion::STATE_UNLOADING:
      return " is not loaded: the model's version policy does not ask for it; point an alias at it, or name it in the "
             "policy";
    default: return absl::StrCat(" is not available: ", version.metadata.state_reason());
  }
}

absl::Status Retired(const v1::ModelVersion& version) {
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kVersionRetired,
               absl::StrCat(version.name(), " is retired and scores no more: ", version.state_reason(),
                            "; train the model anew"),
               {{"version", version.name()}});
}

absl::Status Deleted(absl::string_view name) {
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kVersionNotAvailable,
               absl::StrCat(name, " was deleted"), {{"version", std::string(name)}});
}

// Of a name of six parts the fifth; "" of any other.
absl::string_view CollectionOf(absl::string_view name) {
  if (std::count(name.begin(), name.end(), '/') != 5) return "";
  name.remove_suffix(name.size() - name.rfind('/'));
  return name.substr(name.rfind('/') + 1);
}

std::shared_ptr<const Version> TombstoneOf(const ModelReference& reference, int64_t number) {
  auto tombstone = std::make_shared<Version>();
  tombstone->number = number;
  tombstone->metadata.set_name(FormatVersion(reference.tenant, reference.model, number));
  tombstone->metadata.set_state(v1::ModelVersion::STATE_DELETED);
  return tombstone;
}

absl::StatusOr<Resolution> ResolveIn(const Model& model, const ModelReference& reference) {
  int64_t number = reference.version;
  if (!reference.alias.empty()) {
    const auto alias = model.aliases.find(reference.alias);
    if (alias == model.aliases.end()) {
      return NotFound(absl::StrCat(FormatModel(reference.tenant, reference.model), " has no alias \"", reference.alias,
                                   "\"; its aliases: ", Keys(model.aliases)));
    }
    number = alias->second.current();
  }
  const auto version = model.versions.find(number);
  if (version != model.versions.end()) return Resolution{version->second, reference.alias, "", ""};
  if (model.WasDeleted(number)) return Resolution{TombstoneOf(reference, number), reference.alias, "", ""};
  return NotFound(absl::StrCat(FormatVersion(reference.tenant, reference.model, number),
                               " is not there; the model's versions: ", Keys(model.versions)));
}

// Whether requests for the model by its own name are shared out.
bool HasArms(const Model& model) { return model.traffic != nullptr && !model.traffic->arms.empty(); }

// Null: the customer's requests are not shared out.
const TrafficArm* ArmOf(const Model& model, const ModelReference& reference, absl::string_view customer_id) {
  if (customer_id.empty() || !reference.by_model || !HasArms(model)) return nullptr;
  return ArmOf(*model.traffic, {reference.tenant, reference.model}, customer_id);
}

absl::StatusOr<Resolution> ResolveArm(const Model& model, const ModelReference& reference, const TrafficArm& arm) {
  auto found = ResolveIn(model, {reference.tenant, reference.model, arm.target.alias, arm.target.version});
  if (found.ok() && CheckAvailable(*found->version).ok()) {
    return Resolution{std::move(found->version), "", arm.id, ""};
  }
  CLIENTELE_ASSIGN_OR_RETURN(Resolution champion, ResolveIn(model, reference));
  champion.fallen_from_arm = arm.id;
  return champion;
}

}  // namespace

absl::StatusOr<ModelReference> ParseModelReference(absl::string_view field, absl::string_view name) {
  const absl::string_view collection = CollectionOf(name);
  if (collection == "versions") {
    CLIENTELE_ASSIGN_OR_RETURN(VersionName version, ParseVersionName(field, name));
    return ModelReference{std::move(version.tenant), std::move(version.model), "", version.version};
  }
  if (collection == "aliases") {
    CLIENTELE_ASSIGN_OR_RETURN(AliasName alias, ParseAliasName(field, name));
    return ModelReference{std::move(alias.tenant), std::move(alias.model), std::move(alias.alias), 0};
  }
  absl::StatusOr<ModelName> model = ParseModelName(field, name);
  if (!model.ok()) {
    return InvalidField(field, absl::StrCat(name.empty() ? "required" : absl::StrCat("\"", name, "\" is not a name"),
                                            "; allowed: tenants/*/models/*, tenants/*/models/*/aliases/* or "
                                            "tenants/*/models/*/versions/*"));
  }
  return ModelReference{std::move(model->tenant), std::move(model->model), std::string(kChampion), 0,
                        /*by_model=*/true};
}

absl::StatusOr<std::shared_ptr<const Model>> FindModel(const Catalogue& catalogue, const TenantId& tenant,
                                                       absl::string_view model) {
  const auto models = catalogue.tenants.find(tenant);
  if (models == catalogue.tenants.end()) {
    return NotFound(absl::StrCat(FormatModel(tenant, model), " is not there: the tenant has no models yet"));
  }
  const auto found = models->second->find(std::string(model));
  if (found == models->second->end()) {
    return NotFound(
        absl::StrCat(FormatModel(tenant, model), " is not there; the tenant's models: ", Keys(*models->second)));
  }
  return found->second;
}

absl::StatusOr<Resolution> Resolve(const Catalogue& catalogue, const ModelReference& reference) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(catalogue, reference.tenant, reference.model));
  return ResolveIn(*model, reference);
}

bool IsShared(const Catalogue& catalogue, const ModelReference& reference) {
  if (!reference.by_model) return false;
  const auto model = FindModel(catalogue, reference.tenant, reference.model);
  return model.ok() && HasArms(**model);
}

absl::StatusOr<Resolution> ResolveFor(const Catalogue& catalogue, const ModelReference& reference,
                                      absl::string_view customer_id) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(catalogue, reference.tenant, reference.model));
  const TrafficArm* arm = ArmOf(*model, reference, customer_id);
  return arm == nullptr ? ResolveIn(*model, reference) : ResolveArm(*model, reference, *arm);
}

absl::StatusOr<std::shared_ptr<const NamedModel>> ResolveName(const Catalogue& catalogue, absl::string_view field,
                                                              absl::string_view name) {
  if (auto known = catalogue.named.Find(name); known != nullptr) return known;
  CLIENTELE_ASSIGN_OR_RETURN(ModelReference reference, ParseModelReference(field, name));
  CLIENTELE_ASSIGN_OR_RETURN(auto model, FindModel(catalogue, reference.tenant, reference.model));
  CLIENTELE_ASSIGN_OR_RETURN(Resolution found, ResolveIn(*model, reference));
  auto named =
      std::make_shared<const NamedModel>(NamedModel{std::move(reference), std::move(model), std::move(found)});
  if (CheckAvailable(*named->found.version).ok()) catalogue.named.Keep(name, named);
  return named;
}

absl::StatusOr<std::optional<Resolution>> ResolveArm(const NamedModel& named, absl::string_view customer_id) {
  const TrafficArm* arm = ArmOf(*named.model, named.reference, customer_id);
  if (arm == nullptr) return std::nullopt;
  CLIENTELE_ASSIGN_OR_RETURN(Resolution found, ResolveArm(*named.model, named.reference, *arm));
  return found;
}

absl::Status CheckAvailable(const Version& version) {
  if (version.model != nullptr) return absl::OkStatus();
  const v1::ModelVersion::State state = version.metadata.state();
  if (state == v1::ModelVersion::STATE_DELETED) return Deleted(version.metadata.name());
  if (version.is_retired()) return Retired(version.metadata);
  return Error(
      state == v1::ModelVersion::STATE_LOADING ? absl::StatusCode::kUnavailable : absl::StatusCode::kFailedPrecondition,
      ErrorReason::kVersionNotAvailable, absl::StrCat(version.metadata.name(), WhyNotAvailable(version)),
      {{"version", version.metadata.name()}});
}

absl::Status CheckAvailable(const Model& model, int64_t number, absl::string_view who) {
  const auto found = model.versions.find(number);
  if (found != model.versions.end()) return CheckAvailable(*found->second);
  if (model.WasDeleted(number)) return Deleted(absl::StrCat("version ", number));
  return NotFound(absl::StrCat(who, ": the model has no version ", number));
}

std::string EtagOf(absl::string_view alias_id, const Alias& alias) {
  return absl::StrFormat("%016x", Hash64(absl::StrCat(alias_id, "/", alias.revision, "/", alias.current())));
}

v1::ModelAlias DescribeAlias(const TenantId& tenant, const std::string& model_id, const std::string& id,
                             const Alias& alias) {
  v1::ModelAlias result;
  result.set_name(FormatAlias(tenant, model_id, id));
  result.set_version(FormatVersion(tenant, model_id, alias.current()));
  result.set_etag(EtagOf(id, alias));
  *result.mutable_update_time() = ToProto(alias.update_time);
  if (alias.previous() != 0) result.set_previous_version(FormatVersion(tenant, model_id, alias.previous()));
  result.set_revision(alias.revision);
  return result;
}

v1::Model DescribeModel(const TenantId& tenant, const std::string& id, const Model& model) {
  v1::Model result;
  result.set_name(FormatModel(tenant, id));
  result.set_split_traffic(model.traffic != nullptr && !model.traffic->arms.empty());
  result.set_version_count(static_cast<int64_t>(model.versions.size()));
  result.set_purpose(PurposeOf(model));
  *result.mutable_version_policy() = PolicyOf(model);
  result.set_etag(SettingsEtag(model));
  *result.mutable_create_time() = ToProto(model.create_time);
  absl::Time updated = model.create_time;
  if (!model.versions.empty()) {
    const v1::ModelVersion& newest = model.versions.rbegin()->second->metadata;
    result.set_display_name(newest.spec().display_name());
    result.set_algorithm(newest.algorithm());
    updated = FromProto(newest.create_time());
  }
  if (model.settings != nullptr) {
    if (!model.settings->display_name.empty()) result.set_display_name(model.settings->display_name);
    updated = std::max(updated, model.settings->update_time);
  }
  for (const auto& [alias_id, alias] : model.aliases) {
    *result.add_aliases() = DescribeAlias(tenant, id, alias_id, alias);
    updated = std::max(updated, alias.update_time);
  }
  *result.mutable_update_time() = ToProto(updated);
  return result;
}

v1::ModelVersion DescribeVersion(const Model& model, const Version& version) {
  v1::ModelVersion result = version.metadata;
  for (const auto& [id, alias] : model.aliases) {
    if (alias.current() == version.number) result.add_aliases(id);
  }
  return result;
}

}  // namespace clientele::inference
