#include "common/model/kmeans/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/common/model/sample.h"
#include "tests/testing/status_matchers.h"

namespace clientele::model {
namespace {

using testutil::StatusIs;
using v1::ModelArtifact;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Centroids over (x, plan=a, plan=b): high x with plan b, low x with plan a, and the first again.
ModelArtifact Tiny() {
  ModelArtifact artifact = testutil::TinyArtifact();
  auto* model = artifact.mutable_kmeans();
  model->set_num_clusters(3);
  for (const double value : {2.0, 0.0, 1.0, -1.0, 1.0, 0.0, 2.0, 0.0, 1.0}) model->add_centroids(value);
  for (int c = 0; c < 3; ++c) model->add_clusters()->set_size(2);
  for (const double scale : {1.0, 2.0, 2.0}) model->add_feature_scale(scale);
  return artifact;
}

TEST(KMeansPredictorTest, TakesTheNearestCentroidAndTheFirstOfEquals) {
  ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(Tiny()));
  const Prediction high = predictor->Predict({Cell::Number(5), Cell::Category("b")}, false);  // (3, 0, 1)
  EXPECT_EQ(high.cluster, 0);
  EXPECT_DOUBLE_EQ(high.output, 1);
  EXPECT_DOUBLE_EQ(high.runner_up_distance, 1);  // The centroid that stands there twice.
  const Prediction low = predictor->Predict({Cell::Number(1), Cell::Category("b")}, false);  // (-1, 0, 1)
  EXPECT_EQ(low.cluster, 1);
  EXPECT_DOUBLE_EQ(low.output, std::sqrt(2));
  EXPECT_DOUBLE_EQ(low.runner_up_distance, 3);
}

TEST(KMeansPredictorTest, ExplainsByTheDeviationThatCustomerAndSegmentShare) {
  ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(Tiny()));
  // x: the customer lies 3 deviations above, the segment 2. plan=b: both (1 - 3/4) 2 above.
  EXPECT_THAT(predictor->Predict({Cell::Number(5), Cell::Category("b")}, true).contributions, ElementsAre(2, 0.5));
  // x: both 1 below. plan=b: the customer above, the segment below: it explains nothing.
  EXPECT_THAT(predictor->Predict({Cell::Number(1), Cell::Category("b")}, true).contributions, ElementsAre(-1, 0));
  // x: the customer half a deviation below. An unknown plan has no column.
  EXPECT_THAT(predictor->Predict({Cell::Number(1.5), Cell::Category("?")}, true).contributions, ElementsAre(-0.5, 0));
}

TEST(KMeansPredictorTest, CosineComparesDirections) {
  ModelArtifact artifact = Tiny();
  auto* model = artifact.mutable_kmeans();
  model->set_distance(v1::KMeansParameters::DISTANCE_COSINE);
  model->clear_centroids();
  for (const double value : {1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.6, 0.0, 0.8}) model->add_centroids(value);
  ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(artifact));
  // (3, 0, 4) points where the third centroid does, however long it is.
  const Prediction along = predictor->PredictColumns({3, 0, 4});
  EXPECT_EQ(along.cluster, 2);
  EXPECT_NEAR(along.output, 0, 1e-12);
  EXPECT_NEAR(along.runner_up_distance, std::sqrt(2 - 2 * 0.6), 1e-12);
  EXPECT_EQ(predictor->PredictColumns({300, 0, 400}).cluster, 2);
  EXPECT_EQ(predictor->PredictColumns({0, 7, 1}).cluster, 1);
  const Prediction nowhere = predictor->PredictColumns({0, 0, 0});
  EXPECT_EQ(nowhere.cluster, 0);
  EXPECT_DOUBLE_EQ(nowhere.output, 1);
  // The row (3, 0, 1) is compared with the centroid at the row's length, sqrt(10): it lies 3 above, the centroid 3.2.
  const Prediction high = predictor->Predict({Cell::Number(5), Cell::Category("b")}, true);
  EXPECT_EQ(high.cluster, 0);
  EXPECT_NEAR(high.contributions[0], 3, 1e-12);
}

TEST(KMeansPredictorTest, OneClusterHasNoRunnerUp) {
  ModelArtifact artifact = Tiny();
  artifact.mutable_kmeans()->set_num_clusters(1);
  artifact.mutable_kmeans()->mutable_centroids()->Truncate(3);
  artifact.mutable_kmeans()->mutable_clusters()->DeleteSubrange(1, 2);
  ASSERT_OK_AND_ASSIGN(const auto predictor, Predictor::Create(artifact));
  const Prediction prediction = predictor->Predict({Cell::Number(5), Cell::Category("b")}, false);
  EXPECT_EQ(prediction.cluster, 0);
  EXPECT_EQ(prediction.runner_up_distance, std::numeric_limits<double>::infinity());
}

TEST(KMeansPredictorTest, RefusesWhatDoesNotFit) {
  ModelArtifact artifact = Tiny();
  artifact.mutable_kmeans()->set_num_clusters(0);
  EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0 clusters")));
  artifact.mutable_kmeans()->set_num_clusters(1 << 30);
  EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("clusters")));
  artifact.mutable_kmeans()->set_num_clusters(2);
  EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("3 of 2")));
  artifact = Tiny();
  artifact.mutable_kmeans()->add_centroids(0);
  EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("centroids")));
  artifact = Tiny();
  artifact.mutable_kmeans()->set_feature_scale(0, -1);
  EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("feature_scale")));
  artifact = Tiny();
  artifact.mutable_kmeans()->set_distance(static_cast<v1::KMeansParameters::Distance>(7));
  EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("distance is 7")));
  artifact = Tiny();
  artifact.mutable_kmeans()->mutable_clusters(0)->set_size(-1);
  EXPECT_THAT(Predictor::Create(artifact), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("-1 rows")));
}

}  // namespace
}  // namespace clientele::model
