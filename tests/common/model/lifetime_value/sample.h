// A lifetime value model of CDNOW's customers: the published kind of fit (Fader, Hardie and Lee 2005), with a covariance.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "clientele/model/v1/artifact.pb.h"
#include "common/dataset/selection.h"
#include "common/model/artifact.h"
#include "common/model/preprocessing.h"
#include "common/model/raw_feature.h"
#include "tests/common/dataset/table.h"

namespace clientele::testutil {

inline void AddParameter(const std::string& name, double value, clientele::model::v1::FittedDistribution& fitted) {
  auto& parameter = *fitted.add_parameters();
  parameter.set_name(name);
  parameter.set_value(value);
}

// A diagonal covariance of `variance` each, with a little of it shared.
inline void SetCovariance(double variance, clientele::model::v1::FittedDistribution& fitted) {
  const int dimension = fitted.parameters_size() + fitted.covariates_size();
  for (int i = 0; i < dimension * dimension; ++i) fitted.add_covariance(i % (dimension + 1) == 0 ? variance : variance / 4);
}

inline void AddCovariate(const std::string& parameter, int column, double coefficient,
                         clientele::model::v1::FittedDistribution& fitted) {
  auto& effect = *fitted.add_covariates();
  effect.set_parameter(parameter);
  effect.set_column_index(column);
  effect.set_coefficient(coefficient);
}

// Six customers: CDNOW's first, one without a repeat purchase, one of today, a heavy one, one who returned everything, and
// one who never bought; `plan` is a category.
inline dataset::Dataset LifetimeCustomers() {
  const float none = dataset::kMissingNumber;
  dataset::Dataset dataset =
      Table(6)
          .Number("x", {2, 0, 0, 29, 3, none})
          .Number("t_x", {30.428571F, 0, 0, 38, 10, none})
          .Number("T", {38.857143F, 38.857143F, 0, 38.857143F, 30, none})
          .Number("z", {22.345F, 0, 0, 55, -4, none})
          .Number("spend", {89.08F, 30, 12, 1650, -12, none})
          .Category("plan", {"basic", "gold", "basic", "gold", "basic", ""})
          .Build();
  using Summary = common::v1::FeatureDefinition::PurchaseSummary;
  for (int f = 0; f < 4; ++f) {
    dataset.header.mutable_columns(f)->mutable_feature()->mutable_purchase_summary()->set_number(
        static_cast<Summary::Number>(Summary::NUMBER_FREQUENCY + f));
  }
  return dataset;
}

// Of a horizon of 273 days, not discounted; not complete. With covariates being on the plan "gold" raises the rate and the
// spend, and lowers drop-out.
inline clientele::model::v1::ModelArtifact LifetimeArtifact(bool covariates = false) {
  const dataset::Dataset dataset = LifetimeCustomers();
  clientele::model::v1::PreprocessingSpec preprocessing;
  for (const char* feature : {"x", "t_x", "T", "z", "spend"}) {
    auto& raw = *preprocessing.add_per_feature();
    raw.set_feature(feature);
    raw.set_imputation(clientele::model::v1::FeaturePreprocessing::IMPUTATION_CONSTANT);
    raw.set_constant(clientele::model::kMissingRaw);
    raw.set_missing_indicator(false);
    raw.set_scaling(clientele::model::v1::FeaturePreprocessing::SCALING_NONE);
  }
  clientele::model::v1::ModelArtifact artifact;
  artifact.set_format_version(1);
  artifact.set_base_currency("USD");
  *artifact.mutable_schema() = clientele::model::SchemaOf(dataset);
  auto fitted = clientele::model::FitPreprocessing(dataset, dataset::RowSelection::All(dataset), preprocessing);
  EXPECT_TRUE(fitted.ok()) << fitted.status();
  *artifact.mutable_preprocessing() = *std::move(fitted);
  auto& model = *artifact.mutable_lifetime_value();
  AddParameter("r", 0.2425945124, *model.mutable_purchases());
  AddParameter("alpha", 4.413601861, *model.mutable_purchases());
  AddParameter("a", 0.79292197, *model.mutable_purchases());
  AddParameter("b", 2.425906482, *model.mutable_purchases());
  AddParameter("p", 6.249573133, *model.mutable_spend());
  AddParameter("q", 3.74422446, *model.mutable_spend());
  AddParameter("gamma", 15.44351773, *model.mutable_spend());
  if (covariates) {
    AddCovariate("purchase rate", 6, 0.4, *model.mutable_purchases());
    AddCovariate("drop-out", 6, -0.3, *model.mutable_purchases());
    AddCovariate("spend", 6, 0.2, *model.mutable_spend());
  }
  SetCovariance(0.01, *model.mutable_purchases());
  SetCovariance(0.004, *model.mutable_spend());
  model.set_days_per_unit(7);
  model.set_frequency_feature(0);
  model.set_recency_feature(1);
  model.set_age_feature(2);
  model.set_monetary_feature(3);
  model.set_historic_value_feature(4);
  model.set_horizon_days(273);
  model.set_margin(1);
  model.set_interval_coverage(0.95);
  model.set_mean_frequency(1.0424);
  model.set_mean_recency(6.8458);
  model.set_mean_age(32.716);
  model.set_mean_monetary(35.078);
  for (const auto& [name, from] : {std::pair("standard", 0.0), std::pair("gold", 60.0)}) {
    auto& tier = *model.add_tiers();
    tier.set_name(name);
    tier.set_at_least_percentile(from);
  }
  return artifact;
}

// As a trainer would publish it.
inline clientele::model::v1::ModelArtifact CompleteLifetimeArtifact(clientele::model::v1::ModelArtifact artifact) {
  const dataset::Dataset dataset = LifetimeCustomers();
  const absl::Status status =
      clientele::model::CompleteArtifact(dataset, dataset::RowSelection::All(dataset), /*threads=*/1, artifact);
  EXPECT_TRUE(status.ok()) << status;
  return artifact;
}

}  // namespace clientele::testutil
