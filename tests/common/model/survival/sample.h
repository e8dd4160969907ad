// Small survival models with everything an artifact has, over tenure (months, raw), plan (a stratum) and x.
#pragma once

#include <vector>

#include "clientele/model/v1/artifact.pb.h"
#include "common/dataset/selection.h"
#include "common/model/artifact.h"
#include "common/model/predictor.h"
#include "common/model/raw_feature.h"
#include "tests/common/dataset/table.h"

namespace clientele::testutil {

// Columns: tenure, plan=gold, plan=mini, x. No model yet.
inline model::v1::ModelArtifact SurvivalArtifact() {
  const dataset::Dataset dataset = Table(4)
                                       .Number("tenure", {1, 5, 9, 30})
                                       .Category("plan", {"gold", "mini", "gold", "mini"})
                                       .Number("x", {1, 2, 3, 2})
                                       .Build();
  model::v1::ModelArtifact artifact;
  artifact.set_format_version(model::kFormatVersion);
  *artifact.mutable_schema() = model::SchemaOf(dataset);
  model::v1::PreprocessingSpec raw;
  raw.mutable_defaults()->set_imputation(model::v1::FeaturePreprocessing::IMPUTATION_CONSTANT);
  raw.mutable_defaults()->set_constant(model::kMissingRaw);
  raw.mutable_defaults()->set_scaling(model::v1::FeaturePreprocessing::SCALING_NONE);
  *artifact.mutable_preprocessing() = *model::FitPreprocessing(dataset, dataset::RowSelection::All(dataset), raw, 1);
  auto& survival = *artifact.mutable_survival();
  survival.set_duration_feature(0);
  survival.set_duration_unit("months");
  survival.set_interval_coverage(0.95);
  for (const double horizon : {6.0, 12.0}) survival.add_horizons(horizon);
  return artifact;
}

// The coefficient of x is 0.5 with standard error 0.1, its mean 2.
inline void SetCoefficients(double of_x, model::v1::SurvivalModel& model) {
  for (const double number : {0.0, 0.0, 0.0, of_x}) model.add_coefficients(number);
  for (const double number : {0.0, 0.0, 0.0, 0.1}) model.add_standard_errors(number);
  for (const double number : {0.0, 0.0, 0.0, 2.0}) model.add_column_means(number);
}

// Hazards rise by 0.1 at 2, 4, ... 40 for all, by 0.2 in the plan "mini".
inline model::v1::ModelArtifact SampleCox() {
  model::v1::ModelArtifact artifact = SurvivalArtifact();
  auto& survival = *artifact.mutable_survival();
  survival.set_method(model::v1::SurvivalParameters::METHOD_COX);
  survival.set_strata_feature(1);
  SetCoefficients(0.5, survival);
  for (int i = 0; i < 9; ++i) survival.add_covariance(0);
  survival.add_covariance(0.01);
  for (const char* stratum : {"", "mini"}) {
    auto& baseline = *survival.add_baselines();
    baseline.set_stratum(stratum);
    const double step = *stratum == '\0' ? 0.1 : 0.2;
    for (int i = 1; i <= 20; ++i) {
      baseline.add_times(2 * i);
      baseline.add_cumulative_hazards(step * i);
      baseline.add_variances(step * step * i / 100);
    }
  }
  return artifact;
}

// log T = 3 - 0.4 (x - 2) + 0.8 W.
inline model::v1::ModelArtifact SampleWeibull(double scale = 0.8) {
  model::v1::ModelArtifact artifact = SurvivalArtifact();
  auto& survival = *artifact.mutable_survival();
  survival.set_method(scale == 1 ? model::v1::SurvivalParameters::METHOD_EXPONENTIAL
                                 : model::v1::SurvivalParameters::METHOD_WEIBULL);
  SetCoefficients(-0.4, survival);
  survival.set_intercept(3.8);
  survival.set_scale(scale);
  for (int i = 0; i < 21; ++i) survival.add_covariance(0);
  survival.set_covariance(9, 0.01);     // Of x.
  survival.set_covariance(14, 0.0025);  // Of the fit at the means.
  survival.set_covariance(20, 0.0016);  // Of log scale.
  return artifact;
}

inline model::v1::ModelArtifact SampleRetention() {
  model::v1::ModelArtifact artifact = SurvivalArtifact();
  auto& survival = *artifact.mutable_survival();
  survival.set_method(model::v1::SurvivalParameters::METHOD_BETA_GEOMETRIC);
  survival.set_alpha(0.668);
  survival.set_beta(3.806);
  survival.set_period_discount_rate(0.1);
  for (const double number : {0.01, 0.02, 0.09}) survival.add_covariance(number);
  return artifact;
}

// With golden rows, histograms and quantiles, as bytes.
inline std::string CompleteSurvival(model::v1::ModelArtifact artifact) {
  artifact.add_score_quantiles(0.5);
  for (int i = 1; i <= 100; ++i) artifact.add_score_quantiles(0.5 + i / 50.0);
  const auto predictor = model::Predictor::Create(artifact);
  EXPECT_TRUE(predictor.ok()) << predictor.status();
  if (!predictor.ok()) return "";
  for (auto& row : model::MakeGoldenRows(**predictor, 8)) *artifact.add_golden_rows() = std::move(row);
  return artifact.SerializeAsString();
}

}  // namespace clientele::testutil
