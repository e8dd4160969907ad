#include "services/inference/card/card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/model/artifact.h"
#include "tests/common/model/sample.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

using model::v1::ModelArtifact;
using model::v1::ModelCard;
using ::testing::AllOf;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

v1::ModelVersion Version() {
  v1::ModelVersion version;
  version.set_name("tenants/demo/models/churn/versions/3");
  version.set_sha256("abc");
  version.add_aliases("champion");
  return version;
}

const ModelCard::CardFeature& Feature(const ModelCard& card, const std::string& name) {
  for (const auto& feature : card.features()) {
    if (feature.feature() == name) return feature;
  }
  ADD_FAILURE() << name;
  return ModelCard::CardFeature::default_instance();
}

double SumOfImportance(const ModelCard& card) {
  double sum = 0;
  for (const auto& feature : card.features()) sum += feature.importance();
  return sum;
}

TEST(ModelCardTest, SaysWhatTheVersionIsAndWhatItWasMadeOf) {
  ModelArtifact artifact = testutil::SampleLogisticRegression(testutil::SampleDataset());
  artifact.mutable_spec()->mutable_dataset()->mutable_label()->mutable_no_purchase_within()->set_days(90);
  artifact.mutable_spec()->mutable_dataset()->mutable_as_of()->set_seconds(1'780'000'000);
  artifact.mutable_evaluation()->set_train_rows(4'000);
  artifact.mutable_evaluation()->set_holdout_rows(2'000);
  auto& classifier = *artifact.mutable_evaluation()->mutable_classifier();
  classifier.set_positives(500);
  classifier.set_auc(0.845);
  classifier.set_auc_standard_error(0.01);
  ASSERT_OK_AND_ASSIGN(const ModelCard card, MakeModelCard(artifact, Version(), kNow));
  EXPECT_EQ(card.model_version(), "tenants/demo/models/churn/versions/3");
  EXPECT_EQ(
      card.purpose(),
      "Finds customers who stay away, with a probability for each customer (no purchase within the 90 days after).");
  EXPECT_EQ(card.algorithm(), "Logistic regression");
  EXPECT_EQ(card.data().label_days(), 90);
  EXPECT_DOUBLE_EQ(card.data().label_mean(), 0.25);
  EXPECT_THAT(card.summary(), AllOf(HasSubstr("It has learnt from 4,000 customers as of 2026-05-28."),
                                    HasSubstr("AUC 0.845 (95 % interval 0.825 to 0.865; chance: 0.500).")));
  EXPECT_EQ(card.metrics(0).metric(), "auc");
  EXPECT_NEAR(card.metrics(0).lower(), 0.845 - 0.0196, 1e-4);
  EXPECT_DOUBLE_EQ(card.metrics(0).baseline(), 0.5);
}

// Of a standardised number that is never missing, the spread is the coefficient's size.
TEST(ModelCardTest, ImportanceOfALinearModelIsCoefficientTimesSpread) {
  ModelArtifact artifact = testutil::SampleLogisticRegression(testutil::SampleDataset(20'000));
  auto& coefficients = *artifact.mutable_logistic_regression()->mutable_coefficients();
  for (double& coefficient : coefficients) coefficient = 0;
  coefficients[0] = -0.9;  // recency.
  coefficients[1] = 0.3;   // spend, in logarithms.
  ASSERT_OK_AND_ASSIGN(const ModelCard card, MakeModelCard(artifact, Version(), kNow));
  EXPECT_NEAR(SumOfImportance(card), 1, 1e-12);
  EXPECT_EQ(card.features(0).feature(), "recency");
  EXPECT_NEAR(Feature(card, "recency").importance(), 0.75, 0.01);
  EXPECT_NEAR(Feature(card, "spend").importance(), 0.25, 0.01);
  EXPECT_EQ(Feature(card, "recency").direction(), "lowers");
  EXPECT_EQ(Feature(card, "spend").direction(), "raises");
  EXPECT_EQ(Feature(card, "plan").direction(), "mixed");
  EXPECT_NEAR(Feature(card, "age").missing_share(), 0.2, 0.02);
  EXPECT_EQ(Feature(card, "recency").display_name(), "Days since last purchase");
}

// A category of which a quarter has a column with coefficient 2: a deviation of 2 sqrt(1/4 3/4).
TEST(ModelCardTest, ACategorysColumnsWeighTogether) {
  ModelArtifact artifact = testutil::TinyArtifact();
  for (const double coefficient : {1.0, 2.0, 0.0}) {
    artifact.mutable_logistic_regression()->add_coefficients(coefficient);
  }
  auto& x = *artifact.add_histograms();
  for (const double edge : {1.0, 1.0, 3.0, 3.0}) x.add_edges(edge);
  for (const int64_t count : {2, 0, 2}) x.add_counts(count);
  auto& plan = *artifact.add_histograms();
  for (const char* category : {"a", "b"}) plan.add_categories(category);
  for (const int64_t count : {1, 3}) plan.add_counts(count);
  ASSERT_OK_AND_ASSIGN(const ModelCard card, MakeModelCard(artifact, Version(), kNow));
  const double of_plan = 2 * std::sqrt(0.25 * 0.75);
  EXPECT_NEAR(Feature(card, "x").importance(), 1 / (1 + of_plan), 1e-9);
  EXPECT_NEAR(Feature(card, "plan").importance(), of_plan / (1 + of_plan), 1e-9);
}

TEST(ModelCardTest, ImportanceInClustersIsTheirShareOfTheVarianceBetween) {
  ModelArtifact artifact = testutil::TinyArtifact();
  auto& model = *artifact.mutable_kmeans();
  model.set_num_clusters(2);
  for (const int64_t size : {3, 1}) model.add_clusters()->set_size(size);
  // x: 0 and 2, variance 3/4; plan=a and plan=b: 0 and 1, and the other way round, 3/16 each.
  for (const double coordinate : {0.0, 0.0, 1.0, 2.0, 1.0, 0.0}) model.add_centroids(coordinate);
  ASSERT_OK_AND_ASSIGN(const ModelCard card, MakeModelCard(artifact, Version(), kNow));
  EXPECT_NEAR(Feature(card, "x").importance(), 12.0 / 18, 1e-12);
  EXPECT_NEAR(Feature(card, "plan").importance(), 6.0 / 18, 1e-12);
  EXPECT_THAT(card.importance_basis(), HasSubstr("between the segments"));
  EXPECT_EQ(card.purpose(), "Puts customers that are alike into 2 segments.");
}

TEST(ModelCardTest, EveryAlgorithmHasACard) {
  const auto dataset = testutil::SampleDataset();
  for (const auto& artifact : {testutil::SampleLogisticRegression(dataset),
                               testutil::SampleMultinomialRegression(dataset), testutil::SampleValueRegression(dataset),
                               testutil::SampleTwoPartRegression(dataset), testutil::SampleKMeans(dataset)}) {
    ASSERT_OK_AND_ASSIGN(const ModelCard card, MakeModelCard(artifact, Version(), kNow));
    EXPECT_NEAR(SumOfImportance(card), 1, 1e-12);
    EXPECT_FALSE(card.purpose().empty());
    ASSERT_OK_AND_ASSIGN(const ModelCard again, MakeModelCard(artifact, Version(), kNow));
    EXPECT_EQ(card.SerializeAsString(), again.SerializeAsString());
  }
}

TEST(ModelCardTest, ADamagedArtifactHasNone) {
  ModelArtifact artifact = testutil::SampleKMeans(testutil::SampleDataset());
  artifact.mutable_preprocessing()->mutable_features()->RemoveLast();
  EXPECT_THAT(MakeModelCard(artifact, Version(), kNow), testutil::StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace clientele::inference
