#include "tests/common/model/onnx/cases.h"

#include "tests/common/model/rfm/sample.h"
#include "tests/common/model/sample.h"
#include "tests/common/model/survival/sample.h"

namespace clientele::testutil {
namespace {

using model::v1::ModelArtifact;
using model::v1::ValueRegressionParameters;

ModelArtifact WithPlatt(ModelArtifact artifact) {
  artifact.mutable_logistic_regression()->mutable_platt()->set_slope(0.7);
  artifact.mutable_logistic_regression()->mutable_platt()->set_intercept(-0.2);
  return artifact;
}

// Nothing is scaled, nothing marks what is missing, which is a constant.
ModelArtifact Unscaled(const dataset::Dataset& dataset) {
  ModelArtifact artifact = SampleLogisticRegression(dataset);
  for (auto& feature : *artifact.mutable_preprocessing()->mutable_features()) {
    if (!feature.has_number()) continue;
    feature.mutable_number()->set_imputed_value(-7.25);
    feature.mutable_number()->set_mean(0);
    feature.mutable_number()->set_scale(1);
    if (!feature.number().missing_indicator()) continue;
    feature.mutable_number()->set_missing_indicator(false);
    artifact.mutable_preprocessing()->set_num_columns(artifact.preprocessing().num_columns() - 1);
    artifact.mutable_logistic_regression()->mutable_coefficients()->RemoveLast();
  }
  for (double& coefficient : *artifact.mutable_logistic_regression()->mutable_coefficients()) coefficient *= 0.01;
  return artifact;
}

// A category whose only value is the reference has no column.
ModelArtifact ReferenceOnly() {
  ModelArtifact artifact = TinyArtifact();
  auto& category = *artifact.mutable_preprocessing()->mutable_features(1)->mutable_category();
  category.mutable_categories()->RemoveLast();
  category.mutable_shares()->RemoveLast();
  category.set_drop_first(true);
  artifact.mutable_preprocessing()->set_num_columns(1);
  artifact.mutable_logistic_regression()->add_coefficients(0.8);
  artifact.mutable_logistic_regression()->set_intercept(-0.3);
  return artifact;
}

ModelArtifact PlainTarget(const dataset::Dataset& dataset, bool allow_negative) {
  ModelArtifact artifact = SampleValueRegression(dataset);
  artifact.mutable_value_regression()->set_target(ValueRegressionParameters::TARGET_PLAIN);
  artifact.mutable_value_regression()->set_intercept(-0.5);
  artifact.mutable_value_regression()->set_allow_negative(allow_negative);
  auto& intervals = *artifact.mutable_value_regression()->mutable_intervals();
  intervals.set_coverage(0.8);
  intervals.add_bands()->set_lower(-2);
  intervals.mutable_bands(0)->set_upper(1.5);
  return artifact;
}

ModelArtifact OfFamily(const dataset::Dataset& dataset, ValueRegressionParameters::Family family) {
  ModelArtifact artifact = SampleTwoPartRegression(dataset);
  artifact.mutable_value_regression()->set_family(family);
  return artifact;
}

ModelArtifact Cosine(ModelArtifact artifact) {
  artifact.mutable_kmeans()->set_distance(model::v1::KMeansParameters::DISTANCE_COSINE);
  return artifact;
}

ModelArtifact OfNewCustomers(ModelArtifact artifact) {
  artifact.mutable_survival()->clear_duration_feature();
  return artifact;
}

ModelArtifact WithoutStrata(ModelArtifact artifact) {
  artifact.mutable_survival()->clear_strata_feature();
  artifact.mutable_survival()->mutable_baselines()->RemoveLast();
  return artifact;
}

}  // namespace

std::vector<OnnxCase> OnnxCases() {
  const dataset::Dataset dataset = SampleDataset();
  const ModelArtifact logistic = SampleLogisticRegression(dataset), kmeans = SampleKMeans(dataset);
  return {
      {"logistic", logistic},
      {"logistic_platt", WithPlatt(logistic)},
      {"logistic_isotonic", SampleCalibratedRegression(dataset)},
      {"logistic_unscaled", Unscaled(dataset)},
      {"logistic_reference_only", ReferenceOnly()},
      {"multinomial", SampleMultinomialRegression(dataset)},
      {"value_log1p", SampleValueRegression(dataset)},
      {"value_plain", PlainTarget(dataset, /*allow_negative=*/false)},
      {"value_plain_negative", PlainTarget(dataset, /*allow_negative=*/true)},
      {"value_gaussian", OfFamily(dataset, ValueRegressionParameters::FAMILY_GAUSSIAN)},
      {"value_poisson", OfFamily(dataset, ValueRegressionParameters::FAMILY_POISSON)},
      {"value_gamma", OfFamily(dataset, ValueRegressionParameters::FAMILY_GAMMA)},
      {"value_tweedie", OfFamily(dataset, ValueRegressionParameters::FAMILY_TWEEDIE)},
      {"value_zero_inflated", SampleTwoPartRegression(dataset)},
      {"value_hurdle", OfFamily(dataset, ValueRegressionParameters::FAMILY_HURDLE_GAMMA)},
      {"kmeans", kmeans},
      {"kmeans_cosine", Cosine(kmeans)},
      {"rfm", SampleRfm()},
      {"cox", SampleCox()},
      {"cox_one_stratum", WithoutStrata(SampleCox())},
      {"cox_new", OfNewCustomers(SampleCox())},
      {"cox_new_one_stratum", OfNewCustomers(WithoutStrata(SampleCox()))},
      {"weibull", SampleWeibull()},
      {"weibull_new", OfNewCustomers(SampleWeibull())},
      {"exponential", SampleWeibull(1)},
      {"retention", SampleRetention()},
      {"retention_new", OfNewCustomers(SampleRetention())},
  };
}

}  // namespace clientele::testutil
