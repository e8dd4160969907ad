#include "services/ingestion/features/create_feature.h"

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/ingestion/features/catalogue.h"
#include "services/ingestion/features/definition.h"

namespace clientele::features {
namespace {

using common::v1::FeatureDefinition;

// Whether two definitions compute the same; how they are shown does not matter.
bool MeansTheSame(FeatureDefinition a, FeatureDefinition b) {
  for (FeatureDefinition* definition : {&a, &b}) {
    definition->clear_display_name();
    definition->clear_description();
    definition->clear_unit();
    definition->clear_built_in();
  }
  return a.SerializeAsString() == b.SerializeAsString();
}

}  // namespace

absl::StatusOr<FeatureDefinition> CreateFeature(storage::RecordStore& store, const TenantId& tenant,
                                                absl::string_view path, FeatureDefinition definition) {
  definition.clear_built_in();
  CLIENTELE_ASSIGN_OR_RETURN(const Catalogue catalogue, Catalogue::Load(store, tenant));
  // An attribute's type is written down, so that the definition never changes whatever comes later.
  if (definition.has_attribute() && definition.attribute().type() == FeatureDefinition::Attribute::TYPE_UNSPECIFIED) {
    switch (catalogue.TypeOf(definition)) {
      case common::v1::FEATURE_TYPE_NUMBER:
        definition.mutable_attribute()->set_type(FeatureDefinition::Attribute::TYPE_NUMBER);
        break;
      case common::v1::FEATURE_TYPE_CATEGORY:
        definition.mutable_attribute()->set_type(FeatureDefinition::Attribute::TYPE_CATEGORY);
        break;
      default: break;  // Refused below.
    }
  }
  if (const FeatureDefinition* existing = catalogue.Find(definition.name()); existing != nullptr) {
    if (MeansTheSame(*existing, definition)) return *existing;
    return Error(absl::StatusCode::kAlreadyExists, ErrorReason::kFeatureExists,
                 absl::StrCat("the feature \"", definition.name(),
                              "\" has another definition, and a name keeps its meaning for ever; take a new name"));
  }
  CLIENTELE_RETURN_IF_ERROR(ValidateDefinition(path, definition, catalogue));
  CLIENTELE_RETURN_IF_ERROR(store.CreateFeatureDefinition(tenant, definition));
  return definition;
}

}  // namespace clientele::features
