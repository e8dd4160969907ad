#include "services/training/learners/kmeans/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/base/error.h"
#include "tests/services/training/learners/kmeans/support.h"

namespace clientele::training {
namespace {

using model::v1::KMeansParameters;
using ::testing::HasSubstr;
using testutil::Clusters;

TEST(ValidateKMeansTest, NamesTheFieldThatIsOutOfRange) {
  const auto field_of = [](const KMeansParameters& parameters) {
    return FieldOf(ValidateKMeans(parameters, "spec.kmeans"));
  };
  EXPECT_TRUE(ValidateKMeans(KMeansParameters(), "f").ok());
  EXPECT_TRUE(ValidateKMeans(Clusters(1024), "f").ok());
  EXPECT_EQ(field_of(Clusters(1)), "spec.kmeans.num_clusters");
  EXPECT_EQ(field_of(Clusters(1025)), "spec.kmeans.num_clusters");
  EXPECT_EQ(field_of(Clusters(3, 1001)), "spec.kmeans.restarts");
  KMeansParameters range;
  range.set_min_clusters(5);
  range.set_max_clusters(4);
  EXPECT_EQ(field_of(range), "spec.kmeans.max_clusters");
  range.set_max_clusters(65);
  EXPECT_EQ(field_of(range), "spec.kmeans.max_clusters");
  range.set_max_clusters(6);
  EXPECT_TRUE(ValidateKMeans(range, "f").ok());
  range.set_num_clusters(5);
  EXPECT_EQ(field_of(range), "spec.kmeans.num_clusters");
  KMeansParameters progress;
  progress.set_min_relative_progress(std::nan(""));
  EXPECT_EQ(field_of(progress), "spec.kmeans.min_relative_progress");
  progress.set_min_relative_progress(0);
  progress.set_max_iterations(-1);
  EXPECT_EQ(field_of(progress), "spec.kmeans.max_iterations");
  KMeansParameters batch;
  batch.set_batch_rows(255);
  EXPECT_EQ(field_of(batch), "spec.kmeans.batch_rows");
  batch.set_batch_rows(256);
  EXPECT_TRUE(ValidateKMeans(batch, "f").ok());
  KMeansParameters stability;
  stability.set_stability_resamples(1001);
  EXPECT_EQ(field_of(stability), "spec.kmeans.stability_resamples");
  stability.set_stability_resamples(-2);
  EXPECT_EQ(field_of(stability), "spec.kmeans.stability_resamples");
  EXPECT_THAT(std::string(ValidateKMeans(stability, "f").message()), HasSubstr("-2 is not -1 to 1000"));
}

TEST(ValidateKMeansTest, RefusesValuesThatAnEnumDoesNotHave) {
  KMeansParameters parameters;
  parameters.set_choice(static_cast<KMeansParameters::Choice>(9));
  EXPECT_EQ(FieldOf(ValidateKMeans(parameters, "f")), "f.choice");
  parameters.clear_choice();
  parameters.set_distance(static_cast<KMeansParameters::Distance>(9));
  EXPECT_EQ(FieldOf(ValidateKMeans(parameters, "f")), "f.distance");
  parameters.clear_distance();
  parameters.set_seeding(static_cast<KMeansParameters::Seeding>(9));
  EXPECT_EQ(FieldOf(ValidateKMeans(parameters, "f")), "f.seeding");
  EXPECT_THAT(std::string(ValidateKMeans(parameters, "f").message()), HasSubstr("9 is not one of SEEDING_PLUS_PLUS"));
}

TEST(ValidateKMeansTest, StartingCentroidsAreAsManyAsClusters) {
  KMeansParameters parameters = Clusters(2);
  parameters.add_starting_centroids()->add_coordinates()->set_feature("spend");
  EXPECT_EQ(FieldOf(ValidateKMeans(parameters, "f")), "f.starting_centroids");
  parameters.add_starting_centroids();
  EXPECT_TRUE(ValidateKMeans(parameters, "f").ok());
  parameters.mutable_starting_centroids(1)->add_coordinates();
  EXPECT_EQ(FieldOf(ValidateKMeans(parameters, "f")), "f.starting_centroids[1].coordinates.feature");
}

}  // namespace
}  // namespace clientele::training
