// What is served: an immutable picture of all models of all tenants. A change makes a new picture that shares what did
// not change; who holds an old one ends on it what it began.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "common/base/ids.h"
#include "services/inference/registry/named_models.h"
#include "services/inference/scoring/scoring_model.h"
#include "services/inference/traffic/traffic.h"

namespace clientele::inference {

inline constexpr absl::string_view kChampion = "champion";

struct Version {
  int64_t number = 0;
  v1::ModelVersion metadata;                  // With state and state_reason; without aliases.
  std::shared_ptr<const ScoringModel> model;  // Null unless the version is AVAILABLE.

  // For ever.
  bool is_retired() const { return metadata.state() == v1::ModelVersion::STATE_RETIRED; }
};

struct Alias {
  int64_t revision = 0;
  absl::Time update_time;
  // The last is where it points; the one before is where a rollback goes, and so on.
  std::vector<int64_t> versions;

  int64_t current() const { return versions.empty() ? 0 : versions.back(); }
  int64_t previous() const { return versions.size() < 2 ? 0 : versions[versions.size() - 2]; }
};

struct ModelSettings {
  int64_t revision = 0;      // 0: never set.
  std::string display_name;  // Empty: as the newest version's spec says.
  v1::VersionPolicy policy;  // See settings.h.
  absl::Time update_time;
  std::string purpose = {};  // Empty: as the newest version's dataset says.
};

struct Model {
  std::map<int64_t, std::shared_ptr<const Version>> versions;  // By number; without those that were deleted.
  int64_t last_version = 0;                                    // The number given last: none is given twice.
  absl::Time create_time;                                      // Of the first version.
  std::map<std::string, Alias> aliases;                        // By id.
  std::shared_ptr<const Traffic> traffic;                      // Null: never set.
  std::shared_ptr<const ModelSettings> settings;               // Null: never set.

  bool WasDeleted(int64_t number) const { return number >= 1 && number <= last_version && !versions.contains(number); }
};

using TenantModels = std::map<std::string, std::shared_ptr<const Model>>;  // By id.

struct Catalogue {
  std::map<TenantId, std::shared_ptr<const TenantModels>> tenants;
  std::map<TenantId, int64_t> sequences;  // Of each tenant's last change; none: 0.
  mutable NamedModels named;              // What ResolveName found.

  int64_t SequenceOf(const TenantId& tenant) const {
    const auto found = sequences.find(tenant);
    return found == sequences.end() ? 0 : found->second;
  }
};

// What a request says it wants: a model (its champion), an alias, or a version.
struct ModelReference {
  TenantId tenant;
  std::string model;
  std::string alias;      // Empty where a version is named.
  int64_t version = 0;    // 0 where an alias is named.
  bool by_model = false;  // Neither was named: the champion, or the customer's arm where traffic is split.
};

// tenants/T/models/M, .../aliases/A or .../versions/V. INVALID_ARGUMENT naming `field`.
absl::StatusOr<ModelReference> ParseModelReference(absl::string_view field, absl::string_view name);

struct Resolution {
  std::shared_ptr<const Version> version;  // Not null; any state. Of one that was deleted, only name, number and state.
  std::string alias;                       // That led there; empty where a version was named.
  std::string arm;                         // That led there, where traffic is split.
  std::string fallen_from_arm;             // The champion's instead of this arm's, which cannot score.
};

// NOT_FOUND with MODEL_NOT_FOUND, saying which part is missing and what there is.
absl::StatusOr<Resolution> Resolve(const Catalogue& catalogue, const ModelReference& reference);
// The same for one customer, whose arm it may be; `customer_id` empty: nobody's. A request by alias or version is not
// shared out.
absl::StatusOr<Resolution> ResolveFor(const Catalogue& catalogue, const ModelReference& reference,
                                      absl::string_view customer_id);

// A name that leads somewhere.
struct NamedModel {
  ModelReference reference;
  std::shared_ptr<const Model> model;
  Resolution found;  // Of nobody in particular.
};
// What ParseModelReference and Resolve say of a name, done once for each name of what can score.
absl::StatusOr<std::shared_ptr<const NamedModel>> ResolveName(const Catalogue& catalogue, absl::string_view field,
                                                              absl::string_view name);
// As ResolveFor; nothing where it is the same as for nobody in particular.
absl::StatusOr<std::optional<Resolution>> ResolveArm(const NamedModel& named, absl::string_view customer_id);

// Whether the reference may lead different customers to different versions.
bool IsShared(const Catalogue& catalogue, const ModelReference& reference);
absl::StatusOr<std::shared_ptr<const Model>> FindModel(const Catalogue& catalogue, const TenantId& tenant,
                                                       absl::string_view model);

// OK where the version can score, else VERSION_NOT_AVAILABLE: UNAVAILABLE while it is being loaded, else
// FAILED_PRECONDITION that says why and what to do; VERSION_RETIRED of one that never will again.
absl::Status CheckAvailable(const Version& version);
// The same for a version by its number; of one that never was, NOT_FOUND, in which `who` asks.
absl::Status CheckAvailable(const Model& model, int64_t number, absl::string_view who);

// For the API.
std::string EtagOf(absl::string_view alias_id, const Alias& alias);
v1::Model DescribeModel(const TenantId& tenant, const std::string& id, const Model& model);
v1::ModelAlias DescribeAlias(const TenantId& tenant, const std::string& model_id, const std::string& id,
                             const Alias& alias);
v1::ModelVersion DescribeVersion(const Model& model, const Version& version);

}  // namespace clientele::inference
