#include "tests/common/model/sample.h"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "common/model/artifact.h"
#include "common/model/encoder.h"
#include "common/model/preprocessing.h"
#include "tests/common/dataset/table.h"

namespace clientele::testutil {
namespace {

using clientele::model::v1::FeaturePreprocessing;
using clientele::model::v1::ModelArtifact;
using dataset::Dataset;
using dataset::RowSelection;

// In [0, 1), by integer steps alone, so that it is the same everywhere.
class Uniform {
 public:
  explicit Uniform(uint32_t seed) : engine_(seed) {}
  double operator()() { return engine_() / 4294967296.0; }

 private:
  std::mt19937 engine_;
};

ModelArtifact Base(const Dataset& dataset, const std::string& model) {
  ModelArtifact artifact;
  artifact.set_format_version(1);
  artifact.mutable_spec()->set_model(model);
  *artifact.mutable_spec()->mutable_preprocessing() = SamplePreprocessing();
  *artifact.mutable_schema() = clientele::model::SchemaOf(dataset);
  auto fitted = clientele::model::FitPreprocessing(dataset, RowSelection::All(dataset), SamplePreprocessing());
  EXPECT_TRUE(fitted.ok()) << fitted.status();
  *artifact.mutable_preprocessing() = *std::move(fitted);
  artifact.mutable_lineage()->set_rows(dataset.rows());
  artifact.mutable_lineage()->set_train_rows(dataset.rows());
  artifact.mutable_lineage()->set_dataset_sha256(dataset.Digest());
  artifact.set_base_currency("EUR");
  return artifact;
}

ModelArtifact Complete(const Dataset& dataset, ModelArtifact artifact) {
  const absl::Status status =
      clientele::model::CompleteArtifact(dataset, RowSelection::All(dataset), /*threads=*/1, artifact);
  EXPECT_TRUE(status.ok()) << status;
  return artifact;
}

// Coefficients between -0.9 and 0.9, none of them round.
template <typename Message>
void MakeUpCoefficients(int columns, Message* model) {
  for (int j = 0; j < columns; ++j) model->add_coefficients(std::sin(1.7 * j + 0.3) * 0.9);
}

}  // namespace

Dataset SampleDataset(int rows, uint32_t seed) {
  Uniform uniform(seed);
  std::vector<float> recency, spend, age, split;
  std::vector<std::string> plan, region;
  std::vector<double> labels;
  const char* plans[] = {"basic", "gold", "silver", ""};
  for (int i = 0; i < rows; ++i) {
    recency.push_back(std::floor(static_cast<float>(uniform()) * 400));
    spend.push_back(static_cast<float>(10 / (1.02 - uniform())));
    age.push_back(uniform() < 0.2 ? dataset::kMissingNumber : 18 + std::floor(static_cast<float>(uniform()) * 60));
    plan.push_back(plans[static_cast<int>(uniform() * 4)]);
    region.push_back("r" + std::to_string(static_cast<int>(uniform() * uniform() * 7)));
    split.push_back(static_cast<float>(i % 2));
    labels.push_back(uniform() < 0.3 ? 1 : 0);
  }
  Dataset dataset = Table(rows)
                        .Number("recency", recency)
                        .Number("spend", spend)
                        .Number("age", age)
                        .Category("plan", plan)
                        .Category("region", region)
                        .Number("split", split, /*auxiliary=*/true)
                        .Labels(labels)
                        .Build();
  dataset.header.mutable_columns(0)->mutable_feature()->set_display_name("Days since last purchase");
  dataset.header.mutable_columns(0)->mutable_feature()->set_unit("days");
  dataset.header.mutable_columns(3)->mutable_feature()->set_display_name("Plan");
  return dataset;
}

clientele::model::v1::PreprocessingSpec SamplePreprocessing() {
  clientele::model::v1::PreprocessingSpec spec;
  FeaturePreprocessing* spend = spec.add_per_feature();
  spend->set_feature("spend");
  spend->set_log1p(true);
  spend->set_winsorise_quantile(0.01);
  FeaturePreprocessing* region = spec.add_per_feature();
  region->set_feature("region");
  region->set_drop_first_category(true);
  region->set_max_categories(4);
  return spec;
}

ModelArtifact TinyArtifact() {
  const Dataset dataset = Table(4).Number("x", {1, 3, 1, 3}).Category("plan", {"a", "b", "b", "b"}).Build();
  ModelArtifact artifact;
  artifact.set_format_version(1);
  *artifact.mutable_schema() = clientele::model::SchemaOf(dataset);
  auto fitted = clientele::model::FitPreprocessing(dataset, RowSelection::All(dataset), {});
  EXPECT_TRUE(fitted.ok()) << fitted.status();
  *artifact.mutable_preprocessing() = *std::move(fitted);
  return artifact;
}

ModelArtifact SampleLogisticRegression(const Dataset& dataset) {
  ModelArtifact artifact = Base(dataset, "churn");
  artifact.mutable_spec()->mutable_logistic_regression();
  auto* model = artifact.mutable_logistic_regression();
  MakeUpCoefficients(artifact.preprocessing().num_columns(), model);
  model->set_intercept(-1.1);
  model->set_threshold(0.5);
  return Complete(dataset, std::move(artifact));
}

ModelArtifact SampleCalibratedRegression(const Dataset& dataset) {
  ModelArtifact artifact = SampleLogisticRegression(dataset);
  auto& isotonic = *artifact.mutable_logistic_regression()->mutable_isotonic();
  for (const double log_odds : {-3.0, -1.0, -0.5, 2.0}) isotonic.add_log_odds(log_odds);
  for (const double probability : {0.02, 0.2, 0.2, 0.95}) isotonic.add_probabilities(probability);
  return Complete(dataset, std::move(artifact));
}

ModelArtifact SampleMultinomialRegression(const Dataset& dataset) {
  ModelArtifact artifact = Base(dataset, "tier");
  artifact.mutable_spec()->mutable_multinomial_regression();
  const int columns = artifact.preprocessing().num_columns();
  for (int c = 0; c < 3; ++c) {
    auto* one = artifact.mutable_multinomial_regression()->add_classes();
    one->set_name("Tier " + std::to_string(c + 1));
    one->set_training_share(1.0 / 3);
    one->set_intercept(0.3 * (c - 1));
    for (int j = 0; j < columns; ++j) one->add_coefficients(std::sin(1.7 * c + 0.9 * j));
  }
  return Complete(dataset, std::move(artifact));
}

ModelArtifact SampleValueRegression(const Dataset& dataset) {
  ModelArtifact artifact = Base(dataset, "value");
  artifact.mutable_spec()->mutable_value_regression();
  auto* model = artifact.mutable_value_regression();
  MakeUpCoefficients(artifact.preprocessing().num_columns(), model);
  model->set_intercept(3.3);
  model->set_target(clientele::model::v1::ValueRegressionParameters::TARGET_LOG1P);
  model->set_smearing(1.2);
  return Complete(dataset, std::move(artifact));
}

ModelArtifact SampleTwoPartRegression(const Dataset& dataset) {
  ModelArtifact artifact = Base(dataset, "value");
  artifact.mutable_spec()->mutable_value_regression();
  auto* model = artifact.mutable_value_regression();
  model->set_family(clientele::model::v1::ValueRegressionParameters::FAMILY_ZERO_INFLATED_LOGNORMAL);
  const int columns = artifact.preprocessing().num_columns();
  MakeUpCoefficients(columns, model);
  MakeUpCoefficients(columns, model->mutable_occurrence());
  MakeUpCoefficients(columns, model->mutable_spread());
  model->set_intercept(2.1);
  model->mutable_occurrence()->set_intercept(0.4);
  model->mutable_spread()->set_intercept(-0.6);
  model->mutable_intervals()->set_coverage(0.9);
  for (const double end : {5.0, 40.0, 0.0}) {
    auto* band = model->mutable_intervals()->add_bands();
    band->set_predictions_below(end);
    band->set_lower(-end);
    band->set_upper(3 * end + 1);
    band->set_rows(100);
  }
  return Complete(dataset, std::move(artifact));
}

ModelArtifact SampleKMeans(const Dataset& dataset) {
  constexpr int kClusters = 3;
  ModelArtifact artifact = Base(dataset, "segments");
  artifact.mutable_spec()->mutable_kmeans()->set_num_clusters(kClusters);
  auto* model = artifact.mutable_kmeans();
  model->set_num_clusters(kClusters);
  const int columns = artifact.preprocessing().num_columns();
  for (int c = 0; c < kClusters; ++c) {
    auto* cluster = model->add_clusters();
    cluster->set_name("Segment " + std::to_string(c + 1));
    cluster->set_size(300 - 100 * c);
    for (int j = 0; j < columns; ++j) model->add_centroids(std::sin(2.3 * c + 1.1 * j));
  }
  for (int j = 0; j < columns; ++j) model->add_feature_scale(1 + 0.1 * j);
  return Complete(dataset, std::move(artifact));
}

}  // namespace clientele::testutil
