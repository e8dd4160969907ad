#include "services/ingestion/features/definition.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/ingestion/features/catalogue.h"
#include "services/ingestion/features/record_fields.h"

namespace clientele::features {
namespace {

using common::v1::FeatureDefinition;
using Filter = FeatureDefinition::Filter;

constexpr absl::string_view kAttributePrefix = "attribute.";
constexpr int kMaxFilters = 20;
constexpr int kMaxFilterValues = 1'000;

bool IsAttributeName(absl::string_view name) {
  if (name.empty() || name.size() > 63 || !absl::ascii_isalpha(name[0])) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

bool IsFeatureName(absl::string_view name) {
  if (name.empty() || name.size() > 63 || !absl::ascii_islower(name[0])) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_' || c == '.'; });
}

absl::Status ValidateName(absl::string_view path, const FeatureDefinition& definition) {
  const absl::string_view name = definition.name();
  if (absl::StartsWith(name, kAttributePrefix)) {
    if (definition.has_attribute() && name.substr(kAttributePrefix.size()) == definition.attribute().attribute()) {
      return absl::OkStatus();
    }
    return InvalidField(path, absl::StrCat("\"", name, "\": attribute.NAME is the feature of the attribute NAME"));
  }
  if (IsFeatureName(name)) return absl::OkStatus();
  return InvalidField(path, absl::StrCat("\"", name, "\" is not a name; allowed: [a-z][a-z0-9_.]{0,62}"));
}

absl::Status ValidateTexts(absl::string_view path, const FeatureDefinition& definition) {
  constexpr size_t kMaxBytes = 1'024;
  if (definition.display_name().size() > kMaxBytes)
    return InvalidField(absl::StrCat(path, ".display_name"), "is longer than 1,024 bytes");
  if (definition.description().size() > kMaxBytes)
    return InvalidField(absl::StrCat(path, ".description"), "is longer than 1,024 bytes");
  if (definition.unit().size() > kMaxBytes)
    return InvalidField(absl::StrCat(path, ".unit"), "is longer than 1,024 bytes");
  return absl::OkStatus();
}

// What a filter on a field of this type may compare with.
absl::Status ValidateFilterValue(absl::string_view path, FieldType type, const common::v1::Value& value) {
  const auto kind = value.kind_case();
  switch (type) {
    case FieldType::kNumber:
      if (kind == common::v1::Value::kNumber && std::isfinite(value.number())) return absl::OkStatus();
      return InvalidField(path, "must be a finite number");
    case FieldType::kText:
      if (kind == common::v1::Value::kText && !value.text().empty()) return absl::OkStatus();
      return InvalidField(path, "must be a text that is not empty");
    case FieldType::kFlag:
      if (kind == common::v1::Value::kFlag) return absl::OkStatus();
      return InvalidField(path, "must be a flag");
    case FieldType::kAny:
      if (kind != common::v1::Value::KIND_NOT_SET) return absl::OkStatus();
      return InvalidField(path, "is required");
  }
  return absl::OkStatus();
}

absl::Status ValidateFilter(absl::string_view path, common::v1::RecordKind kind, const Filter& filter) {
  CLIENTELE_ASSIGN_OR_RETURN(const FieldRef field, FindField(absl::StrCat(path, ".field"), kind, filter.field()));
  const FieldType type = TypeOf(field.field);
  const std::string values = absl::StrCat(path, ".values");
  switch (filter.comparison()) {
    case Filter::COMPARISON_IN:
    case Filter::COMPARISON_NOT_IN:
      if (filter.values_size() > kMaxFilterValues) return InvalidField(values, "has more than 1,000 values");
      if (filter.values().empty()) return InvalidField(values, "has no value; IN and NOT_IN need at least one");
      break;
    case Filter::COMPARISON_AT_LEAST:
    case Filter::COMPARISON_AT_MOST:
      if (type != FieldType::kNumber && type != FieldType::kAny) {
        return InvalidField(absl::StrCat(path, ".comparison"),
                            absl::StrCat("\"", filter.field(), "\" is not a number; allowed: IN, NOT_IN, PRESENT"));
      }
      if (filter.values_size() != 1) return InvalidField(values, "must be one value");
      return ValidateFilterValue(absl::StrCat(values, "[0]"), FieldType::kNumber, filter.values(0));
    case Filter::COMPARISON_PRESENT:
      return filter.values().empty() ? absl::OkStatus() : InvalidField(values, "PRESENT takes no value");
    default:
      return InvalidField(absl::StrCat(path, ".comparison"),
                          "is required; allowed: IN, NOT_IN, AT_LEAST, AT_MOST, PRESENT");
  }
  for (int i = 0; i < filter.values_size(); ++i) {
    CLIENTELE_RETURN_IF_ERROR(ValidateFilterValue(absl::StrCat(values, "[", i, "]"), type, filter.values(i)));
  }
  return absl::OkStatus();
}

absl::Status ValidateAggregation(absl::string_view path, const FeatureDefinition::Aggregate& aggregate) {
  const auto aggregation = aggregate.aggregation();
  if (aggregation == FeatureDefinition::AGGREGATION_UNSPECIFIED ||
      !FeatureDefinition::Aggregation_IsValid(aggregation)) {
    return InvalidField(absl::StrCat(path, ".aggregation"), "is required; allowed: COUNT, SUM, MEAN, MIN, MAX, ...");
  }
  const std::string field_path = absl::StrCat(path, ".field");
  const std::string& name = FeatureDefinition::Aggregation_Name(aggregation);
  if (!UsesField(aggregation)) {
    if (aggregate.field().empty()) return absl::OkStatus();
    return InvalidField(field_path, absl::StrCat(name, " uses no field; filter with PRESENT to count values"));
  }
  CLIENTELE_ASSIGN_OR_RETURN(const FieldRef field, FindField(field_path, aggregate.kind(), aggregate.field()));
  const FieldType type = TypeOf(field.field);
  if (type == FieldType::kFlag) return InvalidField(field_path, "is_return can be filtered by, not aggregated");
  if (CountsTexts(aggregation) && type == FieldType::kNumber) {
    return InvalidField(field_path, absl::StrCat(name, " is of texts, and \"", aggregate.field(), "\" is a number"));
  }
  const bool either =
      aggregation == FeatureDefinition::AGGREGATION_FIRST || aggregation == FeatureDefinition::AGGREGATION_LAST;
  if (!CountsTexts(aggregation) && !either && type == FieldType::kText) {
    return InvalidField(field_path, absl::StrCat(name, " is of numbers, and \"", aggregate.field(), "\" is a text"));
  }
  return absl::OkStatus();
}

absl::Status ValidateAggregate(absl::string_view path, const FeatureDefinition::Aggregate& aggregate) {
  if (aggregate.kind() == common::v1::RECORD_KIND_UNSPECIFIED || !common::v1::RecordKind_IsValid(aggregate.kind())) {
    return InvalidField(absl::StrCat(path, ".kind"), "is required, one of the record kinds");
  }
  CLIENTELE_RETURN_IF_ERROR(ValidateAggregation(path, aggregate));
  if (aggregate.filters_size() > kMaxFilters) return InvalidField(absl::StrCat(path, ".filters"), "are more than 20");
  for (int i = 0; i < aggregate.filters_size(); ++i) {
    CLIENTELE_RETURN_IF_ERROR(
        ValidateFilter(absl::StrCat(path, ".filters[", i, "]"), aggregate.kind(), aggregate.filters(i)));
  }
  const auto is_days = [](int days) { return days >= 0 && days <= kMaxWindowDays; };
  if (!is_days(aggregate.window_days())) {
    return InvalidField(absl::StrCat(path, ".window_days"), "must be 0 (all history) to 36,500");
  }
  if (!is_days(aggregate.window_skip_days())) {
    return InvalidField(absl::StrCat(path, ".window_skip_days"), "must be 0 to 36,500");
  }
  return absl::OkStatus();
}

absl::Status ValidateOperand(absl::string_view path, absl::string_view name, const Catalogue& catalogue) {
  const FeatureDefinition* operand = catalogue.Find(name);
  if (operand == nullptr) return catalogue.UnknownFeature(path, name);
  if (catalogue.TypeOf(*operand) == common::v1::FEATURE_TYPE_NUMBER) return absl::OkStatus();
  return InvalidField(path, absl::StrCat("\"", name, "\" is a category; only numbers can be derived from"));
}

absl::Status ValidateDerived(absl::string_view path, const FeatureDefinition& definition, const Catalogue& catalogue) {
  const FeatureDefinition::Derived& derived = definition.derived();
  if (derived.operation() == FeatureDefinition::Derived::OPERATION_UNSPECIFIED ||
      !FeatureDefinition::Derived::Operation_IsValid(derived.operation())) {
    return InvalidField(absl::StrCat(path, ".operation"), "is required; allowed: RATIO, DIFFERENCE, TREND, MINIMUM");
  }
  if (derived.left() == definition.name()) return InvalidField(absl::StrCat(path, ".left"), "is the feature itself");
  if (derived.right() == definition.name()) return InvalidField(absl::StrCat(path, ".right"), "is the feature itself");
  CLIENTELE_RETURN_IF_ERROR(ValidateOperand(absl::StrCat(path, ".left"), derived.left(), catalogue));
  CLIENTELE_RETURN_IF_ERROR(ValidateOperand(absl::StrCat(path, ".right"), derived.right(), catalogue));
  if (!std::isfinite(derived.scale())) return InvalidField(absl::StrCat(path, ".scale"), "must be finite");
  return absl::OkStatus();
}

absl::Status ValidateSummary(absl::string_view path, const FeatureDefinition::PurchaseSummary& summary) {
  if (summary.number() == FeatureDefinition::PurchaseSummary::NUMBER_UNSPECIFIED ||
      !FeatureDefinition::PurchaseSummary::Number_IsValid(summary.number())) {
    return InvalidField(absl::StrCat(path, ".number"), "is required; allowed: FREQUENCY, RECENCY, AGE, MONETARY_VALUE");
  }
  const double days = summary.days_per_unit();
  if (!(days >= 0 && days <= kMaxWindowDays)) {
    return InvalidField(absl::StrCat(path, ".days_per_unit"), "must be 0 (7 days) to 36,500");
  }
  if (!summary.whole_units() || days == 0 || days >= 1) return absl::OkStatus();
  return InvalidField(absl::StrCat(path, ".days_per_unit"), "must be 0 (7 days) or at least 1 for whole units");
}

absl::Status ValidateAttribute(absl::string_view path, const FeatureDefinition::Attribute& attribute,
                               const Catalogue& catalogue) {
  if (!IsAttributeName(attribute.attribute())) {
    return InvalidField(absl::StrCat(path, ".attribute"), "is required, [A-Za-z][A-Za-z0-9_]{0,62}");
  }
  if (!FeatureDefinition::Attribute::Type_IsValid(attribute.type())) {
    return InvalidField(absl::StrCat(path, ".type"), "allowed: NUMBER, CATEGORY, or none");
  }
  if (attribute.type() == FeatureDefinition::Attribute::TYPE_UNSPECIFIED &&
      catalogue.AttributeType(attribute.attribute()) == common::v1::FEATURE_TYPE_UNSPECIFIED) {
    return InvalidField(
        absl::StrCat(path, ".type"),
        absl::StrCat("is required, for no profile has had the attribute \"", attribute.attribute(), "\" yet"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateDefinition(absl::string_view path, const FeatureDefinition& definition,
                                const Catalogue& catalogue) {
  CLIENTELE_RETURN_IF_ERROR(ValidateName(absl::StrCat(path, ".name"), definition));
  CLIENTELE_RETURN_IF_ERROR(ValidateTexts(path, definition));
  switch (definition.definition_case()) {
    case FeatureDefinition::kAggregate:
      return ValidateAggregate(absl::StrCat(path, ".aggregate"), definition.aggregate());
    case FeatureDefinition::kDerived: return ValidateDerived(absl::StrCat(path, ".derived"), definition, catalogue);
    case FeatureDefinition::kPurchaseSummary:
      return ValidateSummary(absl::StrCat(path, ".purchase_summary"), definition.purchase_summary());
    case FeatureDefinition::kAttribute:
      return ValidateAttribute(absl::StrCat(path, ".attribute"), definition.attribute(), catalogue);
    case FeatureDefinition::DEFINITION_NOT_SET: break;
  }
  return InvalidField(path, "needs a definition: aggregate, derived, purchase_summary or attribute");
}

common::v1::FeatureType FeatureTypeOf(const FeatureDefinition& definition) {
  bool is_category = false;
  if (definition.has_attribute()) {
    is_category = definition.attribute().type() == FeatureDefinition::Attribute::TYPE_CATEGORY;
  } else if (definition.has_aggregate()) {
    const FeatureDefinition::Aggregate& aggregate = definition.aggregate();
    is_category = aggregate.aggregation() == FeatureDefinition::AGGREGATION_MODE;
    if (aggregate.aggregation() == FeatureDefinition::AGGREGATION_FIRST ||
        aggregate.aggregation() == FeatureDefinition::AGGREGATION_LAST) {
      const auto field = FindField("", aggregate.kind(), aggregate.field());
      is_category = field.ok() && TypeOf(field->field) != FieldType::kNumber;
    }
  }
  return is_category ? common::v1::FEATURE_TYPE_CATEGORY : common::v1::FEATURE_TYPE_NUMBER;
}

FeatureDefinition AttributeFeature(absl::string_view attribute, common::v1::FeatureType type) {
  FeatureDefinition definition;
  definition.set_name(absl::StrCat(kAttributePrefix, attribute));
  definition.set_display_name(std::string(attribute));
  definition.set_description(absl::StrCat("The profile attribute ", attribute, ", newest value."));
  definition.mutable_attribute()->set_attribute(std::string(attribute));
  definition.mutable_attribute()->set_type(type == common::v1::FEATURE_TYPE_CATEGORY
                                               ? FeatureDefinition::Attribute::TYPE_CATEGORY
                                               : FeatureDefinition::Attribute::TYPE_NUMBER);
  return definition;
}

bool CountsTexts(FeatureDefinition::Aggregation aggregation) {
  return aggregation == FeatureDefinition::AGGREGATION_DISTINCT ||
         aggregation == FeatureDefinition::AGGREGATION_TOP_SHARE || aggregation == FeatureDefinition::AGGREGATION_MODE;
}

bool UsesField(FeatureDefinition::Aggregation aggregation) {
  switch (aggregation) {
    case FeatureDefinition::AGGREGATION_COUNT:
    case FeatureDefinition::AGGREGATION_DISTINCT_DAYS:
    case FeatureDefinition::AGGREGATION_DAYS_SINCE_FIRST:
    case FeatureDefinition::AGGREGATION_DAYS_SINCE_LAST:
    case FeatureDefinition::AGGREGATION_MEAN_GAP_DAYS:
    case FeatureDefinition::AGGREGATION_DEVIATION_GAP_DAYS: return false;
    default: return true;
  }
}

}  // namespace clientele::features
