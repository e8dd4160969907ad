#include "services/ingestion/features/dataset_spec.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/ingestion/features/labels.h"

namespace clientele::features {
namespace {

using common::v1::DatasetSpec;
using common::v1::FeatureCondition;

constexpr int kMaxAuxiliaryLabels = 8;
constexpr int kMaxSeriesDays = 366;

// Adds the names of one list; each may come once in the dataset.
absl::Status AddColumns(absl::string_view path, const google::protobuf::RepeatedPtrField<std::string>& features,
                        const Catalogue& catalogue, absl::flat_hash_set<std::string>& seen,
                        std::vector<std::string>& names) {
  for (int i = 0; i < features.size(); ++i) {
    const std::string field = absl::StrCat(path, "[", i, "]");
    if (catalogue.Find(features[i]) == nullptr) return catalogue.UnknownFeature(field, features[i]);
    if (!seen.insert(features[i]).second) return InvalidField(field, absl::StrCat("\"", features[i], "\" comes twice"));
    names.push_back(features[i]);
  }
  return absl::OkStatus();
}

absl::Status AddConditions(absl::string_view path, const DatasetSpec& spec, const Catalogue& catalogue,
                           std::vector<std::string>& names, std::vector<CompiledSpec::Condition>& conditions) {
  constexpr double kAnything = std::numeric_limits<double>::infinity();
  for (int i = 0; i < spec.where_size(); ++i) {
    const FeatureCondition& condition = spec.where(i);
    const std::string field = absl::StrCat(path, ".where[", i, "]");
    const common::v1::FeatureDefinition* definition = catalogue.Find(condition.feature());
    if (definition == nullptr) return catalogue.UnknownFeature(absl::StrCat(field, ".feature"), condition.feature());
    if (catalogue.TypeOf(*definition) != common::v1::FEATURE_TYPE_NUMBER) {
      return InvalidField(absl::StrCat(field, ".feature"), absl::StrCat("\"", condition.feature(), "\" is a category"));
    }
    const double at_least = condition.has_at_least() ? condition.at_least() : -kAnything;
    const double at_most = condition.has_at_most() ? condition.at_most() : kAnything;
    if (std::isnan(at_least) || std::isnan(at_most)) return InvalidField(field, "at_least and at_most must be numbers");
    auto column = std::find(names.begin(), names.end(), condition.feature());
    if (column == names.end()) column = names.insert(names.end(), condition.feature());
    conditions.push_back({static_cast<int>(column - names.begin()), at_least, at_most});
  }
  return absl::OkStatus();
}

absl::Status CheckLabelIsNoFeature(absl::string_view path, const DatasetSpec& spec, const Plan& plan) {
  if (!spec.label().has_attribute()) return absl::OkStatus();
  const std::string& attribute = spec.label().attribute().attribute();
  for (int i = 0; i < spec.features_size(); ++i) {
    const std::vector<std::string>& used = plan.attributes(i);
    if (std::find(used.begin(), used.end(), attribute) == used.end()) continue;
    return InvalidField(absl::StrCat(path, ".features[", i, "]"),
                        absl::StrCat("\"", spec.features(i), "\" is made of the attribute \"", attribute,
                                     "\", which is the label; a model would learn to read its own answer"));
  }
  return absl::OkStatus();
}

absl::Status SetInstants(absl::string_view path, const DatasetSpec& spec, absl::Time now, absl::TimeZone zone,
                         CompiledSpec& compiled) {
  if ((spec.has_label() || !spec.auxiliary_labels().empty()) && !spec.has_as_of()) {
    return InvalidField(absl::StrCat(path, ".as_of"), "is required for a dataset with a label");
  }
  CLIENTELE_ASSIGN_OR_RETURN(compiled.instant.as_of,
                             TimeOr(absl::StrCat(path, ".as_of"), spec.has_as_of(), spec.as_of(), now));
  CLIENTELE_ASSIGN_OR_RETURN(compiled.instant.known_at, TimeOr(absl::StrCat(path, ".known_at"), spec.has_known_at(),
                                                               spec.known_at(), compiled.instant.as_of));
  CLIENTELE_ASSIGN_OR_RETURN(compiled.labels_known_at, TimeOr(absl::StrCat(path, ".labels_known_at"),
                                                              spec.has_labels_known_at(), spec.labels_known_at(), now));
  compiled.instant.zone = zone;
  return absl::OkStatus();
}

// What is told of the time after as_of. The instants must be set.
absl::Status SetLabels(absl::string_view path, const DatasetSpec& spec, CompiledSpec& compiled) {
  const absl::Time as_of = compiled.instant.as_of;
  compiled.labels_end = as_of;
  const auto take = [&](absl::string_view field, const common::v1::Label& label) {
    compiled.labels_end = std::max(compiled.labels_end, EndOf(label, as_of));
    return ValidateLabel(field, label, as_of, compiled.labels_known_at);
  };
  if (spec.has_label()) {
    CLIENTELE_RETURN_IF_ERROR(take(absl::StrCat(path, ".label"), spec.label()));
    compiled.label = spec.label();
  }
  const std::string auxiliary = absl::StrCat(path, ".auxiliary_labels");
  if (spec.auxiliary_labels_size() > kMaxAuxiliaryLabels) {
    return InvalidField(auxiliary, absl::StrCat("are ", spec.auxiliary_labels_size(), "; allowed: at most ",
                                                kMaxAuxiliaryLabels));
  }
  for (int i = 0; i < spec.auxiliary_labels_size(); ++i) {
    CLIENTELE_RETURN_IF_ERROR(take(absl::StrCat(auxiliary, "[", i, "]"), spec.auxiliary_labels(i)));
    compiled.auxiliary_labels.push_back(spec.auxiliary_labels(i));
  }
  compiled.purchase_series_days = spec.purchase_series_days();
  if (compiled.purchase_series_days >= 0 && compiled.purchase_series_days <= kMaxSeriesDays) return absl::OkStatus();
  return InvalidField(absl::StrCat(path, ".purchase_series_days"),
                      absl::StrCat(compiled.purchase_series_days, " is not within 0 (none) to ", kMaxSeriesDays));
}

void FillHeader(int model_features, const TenantCalendar& calendar, CompiledSpec& compiled) {
  common::v1::DatasetHeader& header = compiled.header;
  for (int i = 0; i < compiled.columns; ++i) {
    common::v1::DatasetColumn& column = *header.add_columns();
    *column.mutable_feature() = compiled.plan->definition(i);
    column.set_type(compiled.plan->type(i));
    column.set_auxiliary(i >= model_features);
  }
  *header.mutable_as_of() = ToProto(compiled.instant.as_of);
  *header.mutable_known_at() = ToProto(compiled.instant.known_at);
  *header.mutable_labels_known_at() = ToProto(compiled.labels_known_at);
  header.set_has_label(compiled.label.has_value());
  header.set_auxiliary_labels(static_cast<int>(compiled.auxiliary_labels.size()));
  header.set_base_currency(calendar.base_currency);
  header.set_time_zone(calendar.time_zone);
}

}  // namespace

absl::StatusOr<absl::Time> TimeOr(absl::string_view path, bool present, const google::protobuf::Timestamp& time,
                                  absl::Time fallback) {
  if (!present) return fallback;
  constexpr int64_t kYear1 = -62'135'596'800;
  constexpr int64_t kEndOfYear9999 = 253'402'300'799;
  const bool valid =
      time.seconds() >= kYear1 && time.seconds() <= kEndOfYear9999 && time.nanos() >= 0 && time.nanos() < 1'000'000'000;
  if (!valid) return InvalidField(path, "is not a time within the years 1 to 9999");
  return FromProto(time);
}

absl::StatusOr<CompiledSpec> CompileSpec(absl::string_view path, const DatasetSpec& spec, const Catalogue& catalogue,
                                         const TenantCalendar& calendar, absl::Time now) {
  if (spec.features().empty()) return InvalidField(absl::StrCat(path, ".features"), "is required: at least one name");
  if (!spec.purpose().empty() && !IsResourceId(spec.purpose())) {
    return InvalidField(absl::StrCat(path, ".purpose"),
                        absl::StrCat("\"", spec.purpose(), "\" is not [a-z][a-z0-9-]{0,62}"));
  }
  CompiledSpec compiled;
  CLIENTELE_RETURN_IF_ERROR(SetInstants(path, spec, now, calendar.zone, compiled));
  CLIENTELE_RETURN_IF_ERROR(SetLabels(path, spec, compiled));
  absl::flat_hash_set<std::string> seen;
  std::vector<std::string> names;
  CLIENTELE_RETURN_IF_ERROR(AddColumns(absl::StrCat(path, ".features"), spec.features(), catalogue, seen, names));
  CLIENTELE_RETURN_IF_ERROR(
      AddColumns(absl::StrCat(path, ".auxiliary_features"), spec.auxiliary_features(), catalogue, seen, names));
  compiled.columns = static_cast<int>(names.size());
  CLIENTELE_RETURN_IF_ERROR(AddConditions(path, spec, catalogue, names, compiled.conditions));
  CLIENTELE_ASSIGN_OR_RETURN(compiled.plan, Plan::Compile(absl::StrCat(path, ".features"), catalogue, names));
  CLIENTELE_RETURN_IF_ERROR(CheckLabelIsNoFeature(path, spec, *compiled.plan));
  FillHeader(spec.features_size(), calendar, compiled);
  return compiled;
}

}  // namespace clientele::features
