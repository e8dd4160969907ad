#include "services/ingestion/features/catalogue.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/ingestion/features/builtin_features.h"
#include "services/ingestion/features/definition.h"

namespace clientele::features {
namespace {

using common::v1::FeatureDefinition;

// How many single letters must be put in, taken out or changed to turn one into the other.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

Catalogue::Catalogue(std::vector<FeatureDefinition> own, const std::vector<storage::AttributeInfo>& attributes)
    : own_(std::move(own)) {
  for (const storage::AttributeInfo& attribute : attributes) {
    attribute_types_[attribute.name] = attribute.type;
    own_.push_back(AttributeFeature(attribute.name, attribute.type));
  }
  const auto add = [this](const FeatureDefinition& definition) {
    if (by_name_.emplace(definition.name(), &definition).second) all_.push_back(&definition);
  };
  for (const FeatureDefinition& definition : BuiltinFeatures()) add(definition);
  for (const FeatureDefinition& definition : own_) add(definition);
}

absl::StatusOr<Catalogue> Catalogue::Load(const storage::RecordStore& store, const TenantId& tenant) {
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<FeatureDefinition> own, store.ListFeatureDefinitions(tenant));
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<storage::AttributeInfo> attributes, store.ListAttributes(tenant));
  return Catalogue(std::move(own), attributes);
}

const FeatureDefinition* Catalogue::Find(absl::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

common::v1::FeatureType Catalogue::AttributeType(absl::string_view attribute) const {
  const auto found = attribute_types_.find(attribute);
  return found == attribute_types_.end() ? common::v1::FEATURE_TYPE_UNSPECIFIED : found->second;
}

common::v1::FeatureType Catalogue::TypeOf(const FeatureDefinition& definition) const {
  if (definition.has_attribute() && definition.attribute().type() == FeatureDefinition::Attribute::TYPE_UNSPECIFIED) {
    return AttributeType(definition.attribute().attribute());
  }
  return FeatureTypeOf(definition);
}

absl::Status Catalogue::UnknownFeature(absl::string_view path, absl::string_view name) const {
  // An error travels in a trailer, and those are small.
  constexpr size_t kMaxListBytes = 1'200;
  std::vector<std::pair<size_t, absl::string_view>> known;
  known.reserve(all_.size());
  for (const FeatureDefinition* definition : all_) {
    known.emplace_back(EditDistance(name, definition->name()), definition->name());
  }
  std::stable_sort(known.begin(), known.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string list;
  size_t listed = 0;
  for (; listed < known.size() && list.size() + known[listed].second.size() < kMaxListBytes; ++listed) {
    absl::StrAppend(&list, listed == 0 ? "" : ", ", known[listed].second);
  }
  if (listed < known.size()) absl::StrAppend(&list, " and ", known.size() - listed, " more, see ListFeatures");
  return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kUnknownFeature,
               absl::StrCat(path, ": there is no feature \"", name, "\"; known: ", list),
               {{"feature", std::string(name)}, {"field", std::string(path)}});
}

}  // namespace clientele::features
