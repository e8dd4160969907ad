#include "services/training/effective_preprocessing.h"

#include <algorithm>

#include "common/model/raw_feature.h"
#include "services/training/learners/lifetime_value/summary_features.h"
#include "services/training/learners/rfm/parameters.h"

namespace clientele::training {
namespace {

using model::v1::FeaturePreprocessing;
using model::v1::PreprocessingSpec;
using model::v1::TrainingSpec;

// As it is: no other setting of the spec holds for it.
FeaturePreprocessing Identity(const std::string& feature) {
  FeaturePreprocessing identity;
  identity.set_feature(feature);
  identity.set_imputation(FeaturePreprocessing::IMPUTATION_CONSTANT);
  identity.set_constant(model::kMissingRaw);
  identity.set_missing_indicator(false);
  identity.set_scaling(FeaturePreprocessing::SCALING_NONE);
  identity.set_winsorise_quantile(0);
  identity.set_log1p(false);
  identity.set_drop_first_category(false);  // A stratum is told by its column.
  return identity;
}

}  // namespace

std::vector<std::string> RawFeatures(const TrainingSpec& spec, const model::Schema& schema) {
  switch (spec.algorithm_case()) {
    case TrainingSpec::kLifetimeValue: return HistoryFeatures(spec.lifetime_value(), schema);
    case TrainingSpec::kSurvival: return {spec.survival().duration_feature(), spec.survival().strata_feature()};
    case TrainingSpec::kRfm: {
      const model::v1::RfmParameters rfm = WithDefaults(spec.rfm());
      return {rfm.recency_feature(), rfm.frequency_feature(), rfm.monetary_feature()};
    }
    default: return {};
  }
}

std::vector<std::string> RequiredFeatures(const TrainingSpec& spec, const model::Schema& schema) {
  if (spec.has_rfm()) return RawFeatures(spec, schema);
  std::vector<std::string> required;
  if (!spec.has_lifetime_value()) return required;
  for (const auto& column : schema) {
    if (column.feature().has_purchase_summary()) required.push_back(column.feature().name());
  }
  return required;
}

PreprocessingSpec EffectivePreprocessing(const TrainingSpec& spec, const model::Schema& schema) {
  PreprocessingSpec effective = spec.preprocessing();
  if ((spec.has_lifetime_value() || spec.has_survival()) && !effective.defaults().has_drop_first_category()) {
    effective.mutable_defaults()->set_drop_first_category(true);
  }
  const std::vector<std::string> raw = RawFeatures(spec, schema);
  auto& settings = *effective.mutable_per_feature();
  settings.erase(std::remove_if(settings.begin(), settings.end(),
                                [&](const FeaturePreprocessing& one) {
                                  return std::find(raw.begin(), raw.end(), one.feature()) != raw.end();
                                }),
                 settings.end());
  for (const std::string& feature : raw) {
    if (!feature.empty()) *settings.Add() = Identity(feature);
  }
  return effective;
}

}  // namespace clientele::training
