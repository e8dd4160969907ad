#include "common/model/preprocessing.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::model {
namespace {

using v1::FeaturePreprocessing;

absl::Status ValidateSettings(absl::string_view field, const FeaturePreprocessing& settings) {
  if (!FeaturePreprocessing::Imputation_IsValid(settings.imputation())) {
    return InvalidField(absl::StrCat(field, ".imputation"), absl::StrCat(settings.imputation(), " is no imputation"));
  }
  if (!FeaturePreprocessing::Scaling_IsValid(settings.scaling())) {
    return InvalidField(absl::StrCat(field, ".scaling"), absl::StrCat(settings.scaling(), " is no scaling"));
  }
  if (!(std::abs(settings.constant()) <= std::numeric_limits<float>::max())) {
    return InvalidField(absl::StrCat(field, ".constant"),
                        absl::StrCat(settings.constant(), " is not a finite number of float32's range"));
  }
  const double quantile = settings.winsorise_quantile();
  if (!(quantile >= 0 && quantile < 0.5)) {
    return InvalidField(absl::StrCat(field, ".winsorise_quantile"),
                        absl::StrCat(quantile, " is outside of [0, 0.5)"));
  }
  if (settings.max_categories() < 0 || settings.max_categories() > 100'000) {
    return InvalidField(absl::StrCat(field, ".max_categories"),
                        absl::StrCat(settings.max_categories(), " is outside of 0 to 100000"));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<int> InputColumns(const dataset::Dataset& dataset) {
  std::vector<int> columns;
  for (int column = 0; column < dataset.header.columns_size(); ++column) {
    if (!dataset.header.columns(column).auxiliary()) columns.push_back(column);
  }
  return columns;
}

Schema SchemaOf(const dataset::Dataset& dataset) {
  Schema schema;
  for (const int column : InputColumns(dataset)) {
    v1::FeatureColumn* feature = schema.Add();
    *feature->mutable_feature() = dataset.header.columns(column).feature();
    feature->set_type(dataset.header.columns(column).type());
  }
  return schema;
}

absl::Status ValidatePreprocessing(absl::string_view field, const v1::PreprocessingSpec& spec,
                                   absl::Span<const std::string> features) {
  const std::string defaults = absl::StrCat(field, ".defaults");
  if (!spec.defaults().feature().empty()) {
    return InvalidField(absl::StrCat(defaults, ".feature"), "must be empty: the defaults are for every feature");
  }
  CLIENTELE_RETURN_IF_ERROR(ValidateSettings(defaults, spec.defaults()));
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < spec.per_feature_size(); ++i) {
    const FeaturePreprocessing& settings = spec.per_feature(i);
    const std::string here = absl::StrCat(field, ".per_feature[", i, "]");
    if (std::find(features.begin(), features.end(), settings.feature()) == features.end()) {
      return InvalidField(absl::StrCat(here, ".feature"),
                          absl::StrCat("\"", settings.feature(), "\" is not one of the dataset's features; allowed: ",
                                       absl::StrJoin(features, ", ")));
    }
    if (!seen.insert(settings.feature()).second) {
      return InvalidField(absl::StrCat(here, ".feature"), absl::StrCat("\"", settings.feature(), "\" comes twice"));
    }
    CLIENTELE_RETURN_IF_ERROR(ValidateSettings(here, settings));
  }
  return absl::OkStatus();
}

FeaturePreprocessing ResolvePreprocessing(const v1::PreprocessingSpec& spec, absl::string_view feature) {
  FeaturePreprocessing result;
  result.set_imputation(FeaturePreprocessing::IMPUTATION_MEDIAN);
  result.set_missing_indicator(true);
  result.set_scaling(FeaturePreprocessing::SCALING_STANDARDISE);
  result.set_winsorise_quantile(0);
  result.set_log1p(false);
  result.set_drop_first_category(false);
  result.set_max_categories(100);
  // Merging takes what is set: optional fields that are present, the others where they differ from zero.
  result.MergeFrom(spec.defaults());
  for (const FeaturePreprocessing& settings : spec.per_feature()) {
    if (settings.feature() != feature) continue;
    result.MergeFrom(settings);
    // Its own imputation brings its own constant, be it 0.
    if (settings.imputation() == FeaturePreprocessing::IMPUTATION_CONSTANT) result.set_constant(settings.constant());
  }
  result.set_feature(std::string(feature));
  return result;
}

}  // namespace clientele::model
