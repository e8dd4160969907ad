// The features one tenant knows: the built-in ones, its own, and one for each profile attribute that was ever seen.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/common/v1/feature.pb.h"
#include "common/storage/record_store.h"

namespace clientele::features {

// Thread-compatible; immutable once made.
class Catalogue {
 public:
  // Built-in features and those given. Of two definitions of a name, the built-in one counts, then the tenant's own.
  Catalogue(std::vector<common::v1::FeatureDefinition> own, const std::vector<storage::AttributeInfo>& attributes);
  Catalogue(Catalogue&&) = default;  // Moves what it points to along; a copy would not.
  Catalogue& operator=(Catalogue&&) = default;

  // What the store knows of the tenant. Errors: those of the store.
  static absl::StatusOr<Catalogue> Load(const storage::RecordStore& store, const TenantId& tenant);

  // nullptr where there is none.
  const common::v1::FeatureDefinition* Find(absl::string_view name) const;
  // Built-in ones in their order, then the tenant's own, then attributes, each by name.
  const std::vector<const common::v1::FeatureDefinition*>& all() const { return all_; }

  // Number or category. The definition must be valid.
  common::v1::FeatureType TypeOf(const common::v1::FeatureDefinition& definition) const;
  // The type of the first value that was ever seen of a profile attribute; UNSPECIFIED where none was.
  common::v1::FeatureType AttributeType(absl::string_view attribute) const;

  // INVALID_ARGUMENT, UNKNOWN_FEATURE: says that `name`, found at `path`, is not known, and lists the known ones, the
  // nearest first.
  absl::Status UnknownFeature(absl::string_view path, absl::string_view name) const;

 private:
  std::vector<common::v1::FeatureDefinition> own_;  // And attributes.
  absl::flat_hash_map<std::string, common::v1::FeatureType> attribute_types_;
  std::vector<const common::v1::FeatureDefinition*> all_;
  absl::flat_hash_map<absl::string_view, const common::v1::FeatureDefinition*> by_name_;
};

}  // namespace clientele::features
