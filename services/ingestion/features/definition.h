// What makes a feature definition valid, and what type of value it gives.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clientele/common/v1/feature.pb.h"

namespace clientele::features {

class Catalogue;

inline constexpr int kMaxWindowDays = 36'500;

// OK, or INVALID_ARGUMENT naming the first bad field under `path` and what is allowed there. The features a derived one
// names must be in `catalogue` and be numbers: so there are no cycles.
absl::Status ValidateDefinition(absl::string_view path, const common::v1::FeatureDefinition& definition,
                                const Catalogue& catalogue);

// Number or category. An attribute must say its type.
common::v1::FeatureType FeatureTypeOf(const common::v1::FeatureDefinition& definition);

// `attribute.NAME`, as every profile attribute has it.
common::v1::FeatureDefinition AttributeFeature(absl::string_view attribute, common::v1::FeatureType type);

// Whether an aggregation is of different texts, of numbers, or of records alone.
bool CountsTexts(common::v1::FeatureDefinition::Aggregation aggregation);
bool UsesField(common::v1::FeatureDefinition::Aggregation aggregation);

}  // namespace clientele::features
