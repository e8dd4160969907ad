// What theory says of K-means when the data change in a known way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/services/training/learners/kmeans/support.h"

namespace clientele::training {
namespace {

using model::v1::KMeansParameters;
using testutil::Clusters;
using testutil::MakeMatrix;
using testutil::RandomRows;
using testutil::RunOnRanks;
using testutil::ThreeClouds;
using testutil::Train;

std::vector<int64_t> SizesOf(const KMeansResult& result) {
  std::vector<int64_t> sizes;
  for (const auto& cluster : result.model.clusters()) sizes.push_back(cluster.size());
  return sizes;
}

// The variants of the algorithm, all of which must be the same for any number of threads and ranks.
KMeansParameters Variant(int which) {
  KMeansParameters parameters = Clusters(7, 1);
  if (which == 1) parameters.set_seeding(KMeansParameters::SEEDING_PARALLEL);
  if (which == 2) parameters.set_distance(KMeansParameters::DISTANCE_COSINE);
  if (which == 3) parameters.set_batch_rows(300);
  if (which == 4) parameters.set_stability_resamples(5);
  return parameters;
}

class KMeansVariantsTest : public ::testing::TestWithParam<int> {};

std::string VariantName(const ::testing::TestParamInfo<int>& test) {
  static constexpr const char* kNames[] = {"Lloyd", "ParallelSeeding", "Cosine", "MiniBatch", "Stability"};
  return kNames[test.param];
}

INSTANTIATE_TEST_SUITE_P(All, KMeansVariantsTest, ::testing::Range(0, 5), VariantName);

TEST_P(KMeansVariantsTest, TheSameBytesForAnyThreadsAndRanks) {
  // More rows than it takes for threads to be used, some with weights.
  TrainingMatrix matrix = MakeMatrix(RandomRows(20100, 5, 9));
  for (TrainingShard& shard : matrix.shards) {
    for (int64_t i = 0; i < shard.rows; ++i) shard.weights.push_back(0.1 * static_cast<double>(i % 11));
  }
  const auto expected = Train(matrix, Variant(GetParam()), 11, 1);
  ASSERT_TRUE(expected.ok()) << expected.status();
  const std::string bytes = expected->model.SerializeAsString();
  for (const int threads : {2, 3, 8}) {
    const auto result = Train(matrix, Variant(GetParam()), 11, threads);
    EXPECT_EQ(result->model.SerializeAsString(), bytes) << threads;
    EXPECT_EQ(result->inertia, expected->inertia);
    EXPECT_EQ(result->stability, expected->stability);
    EXPECT_EQ(result->projection.SerializeAsString(), expected->projection.SerializeAsString());
  }
  for (const int ranks : {1, 2, 5}) {
    const auto results = RunOnRanks<KMeansResult>(matrix, ranks, [](const TrainingMatrix& part, Communicator& c) {
      return TrainKMeans(part, Variant(GetParam()), 11, c, 2, StopToken(), {});
    });
    for (const auto& result : results) {
      ASSERT_TRUE(result.ok()) << result.status();
      EXPECT_EQ(result->model.SerializeAsString(), bytes) << ranks;
      EXPECT_EQ(result->inertia, expected->inertia);
      EXPECT_EQ(result->stability, expected->stability);
    }
  }
  EXPECT_NE(Train(matrix, Variant(GetParam()), 12)->model.SerializeAsString(), bytes);
}

TEST(KMeansPropertiesTest, EveryRowTwiceAtHalfItsWeightIsTheSameModel) {
  const auto rows = ThreeClouds();
  const TrainingMatrix once = MakeMatrix(rows);
  TrainingMatrix twice = once;
  for (TrainingShard& shard : twice.shards) {
    shard.values.insert(shard.values.end(), shard.values.begin(), shard.values.end());
    shard.rows *= 2;
    shard.weights.assign(shard.rows, 0.5);
  }
  const auto a = Train(once, Clusters(3)), b = Train(twice, Clusters(3));
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_NEAR(b->inertia, a->inertia, 1e-9 * a->inertia);
  EXPECT_NEAR(b->inertia_of_one, a->inertia_of_one, 1e-9 * a->inertia_of_one);
  for (int at = 0; at < a->model.centroids_size(); ++at)
    EXPECT_NEAR(b->model.centroids(at), a->model.centroids(at), 1e-9);
}

TEST(KMeansPropertiesTest, AWeightOfThreeIsThreeRowsAndAWeightOfZeroIsNone) {
  std::vector<std::vector<double>> rows = RandomRows(300, 2, 4), repeated;
  TrainingMatrix weighted = MakeMatrix(rows);
  int64_t at = 0;
  for (TrainingShard& shard : weighted.shards) {
    for (int64_t i = 0; i < shard.rows; ++i, ++at) {
      shard.weights.push_back(static_cast<double>(at % 4));
      for (int64_t copy = 0; copy < at % 4; ++copy) repeated.push_back(rows[at]);
    }
  }
  StartingCentroids starts;
  starts.given = {-1, 0, 1, 0};
  const auto a = Train(weighted, Clusters(2), 7, 1, starts), b = Train(MakeMatrix(repeated), Clusters(2), 7, 1, starts);
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_NEAR(a->inertia, b->inertia, 1e-9 * b->inertia);
  EXPECT_NEAR(a->calinski_harabasz, b->calinski_harabasz, 1e-6 * b->calinski_harabasz);
}

TEST(KMeansPropertiesTest, PermutingTheColumnsPermutesTheCentroids) {
  const auto rows = ThreeClouds();
  auto swapped = rows;
  for (auto& row : swapped) std::swap(row[0], row[1]);
  const auto a = Train(MakeMatrix(rows), Clusters(3)), b = Train(MakeMatrix(swapped), Clusters(3));
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_NEAR(a->inertia, b->inertia, 1e-9 * a->inertia);
  for (int c = 0; c < 3; ++c) {
    EXPECT_NEAR(a->model.centroids(2 * c), b->model.centroids(2 * c + 1), 1e-9);
    EXPECT_NEAR(a->model.centroids(2 * c + 1), b->model.centroids(2 * c), 1e-9);
  }
}

TEST(KMeansPropertiesTest, MovingTheRowsMovesTheCentroidsAndNothingElse) {
  const auto rows = ThreeClouds();
  auto moved = rows;
  for (auto& row : moved) row[0] += 1e4, row[1] -= 3e4;
  const auto a = Train(MakeMatrix(rows), Clusters(3)), b = Train(MakeMatrix(moved), Clusters(3));
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_EQ(SizesOf(*a), SizesOf(*b));
  EXPECT_NEAR(a->inertia, b->inertia, 2e-3 * a->inertia);  // The rows lose digits in float32 before we see them.
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(b->model.centroids(2 * c) - 1e4, a->model.centroids(2 * c), 2e-3);
}

TEST(KMeansPropertiesTest, ScalingTheRowsScalesInertiaBySquares) {
  const auto rows = ThreeClouds();
  for (const double scale : {0x1p-20, 1e-3, 1e3, 0x1p20}) {
    auto scaled = rows;
    for (auto& row : scaled) row[0] *= scale, row[1] *= scale;
    const auto a = Train(MakeMatrix(rows), Clusters(3)), b = Train(MakeMatrix(scaled), Clusters(3));
    ASSERT_TRUE(a.ok() && b.ok());
    EXPECT_EQ(SizesOf(*a), SizesOf(*b));
    EXPECT_NEAR(b->inertia, scale * scale * a->inertia, 1e-5 * scale * scale * a->inertia);
    EXPECT_NEAR(b->silhouette, a->silhouette, 1e-5);
  }
}

TEST(KMeansPropertiesTest, CosineLooksAtDirectionsAlone) {
  // Two directions, lengths from 1 to 100.
  std::vector<std::vector<double>> rows = RandomRows(400, 2, 6);
  for (size_t i = 0; i < rows.size(); ++i) {
    const double angle = (i % 4 == 0 ? 1.2 : 0.2) + 0.03 * rows[i][0], length = 1 + static_cast<double>(i % 100);
    rows[i] = {length * std::cos(angle), length * std::sin(angle)};
  }
  KMeansParameters parameters = Clusters(2);
  parameters.set_distance(KMeansParameters::DISTANCE_COSINE);
  const auto result = Train(MakeMatrix(rows), parameters);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->model.distance(), KMeansParameters::DISTANCE_COSINE);
  EXPECT_THAT(SizesOf(*result), ::testing::ElementsAre(300, 100));
  for (int c = 0; c < 2; ++c) {
    const double x = result->model.centroids(2 * c), y = result->model.centroids(2 * c + 1);
    EXPECT_NEAR(std::hypot(x, y), 1, 1e-12);
    EXPECT_NEAR(std::atan2(y, x), c == 0 ? 0.2 : 1.2, 0.02);
  }
}

TEST(KMeansPropertiesTest, StartingCentroidsDecideWhereItEnds) {
  // Three clouds on a line for two clusters: either neighbour can be joined to the middle.
  std::vector<std::vector<double>> rows = RandomRows(300, 1, 3);
  for (size_t i = 0; i < rows.size(); ++i) rows[i][0] = 0.1 * rows[i][0] + 10.0 * static_cast<double>(i % 3);
  StartingCentroids left, right;
  left.given = {0, 15};
  right.given = {5, 20};
  const auto a = Train(MakeMatrix(rows), Clusters(2), 7, 1, left),
             b = Train(MakeMatrix(rows), Clusters(2), 7, 1, right);
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_NEAR(a->model.centroids(0), 15, 0.1);
  EXPECT_NEAR(b->model.centroids(0), 5, 0.1);
}

TEST(KMeansPropertiesTest, AWarmStartIsOneMoreRun) {
  const TrainingMatrix matrix = MakeMatrix(RandomRows(2000, 4, 12));
  const auto good = Train(matrix, Clusters(12, 60), 1);
  ASSERT_TRUE(good.ok());
  StartingCentroids starts;
  starts.champion.assign(good->model.centroids().begin(), good->model.centroids().end());
  const auto cold = Train(matrix, Clusters(12, 1), 2), warm = Train(matrix, Clusters(12, 1), 2, 1, starts);
  ASSERT_TRUE(cold.ok() && warm.ok());
  EXPECT_LE(warm->inertia, good->inertia);
  EXPECT_LT(warm->inertia, cold->inertia);
  starts.champion.resize(8);  // Of another number of clusters: it is no start.
  EXPECT_EQ(Train(matrix, Clusters(12, 1), 2, 1, starts)->inertia, cold->inertia);
}

TEST(KMeansPropertiesTest, MiniBatchesAndParallelSeedingFindTheCloudsToo) {
  for (const int which : {1, 3}) {
    KMeansParameters parameters = Variant(which);
    parameters.set_num_clusters(3);
    const auto result = Train(MakeMatrix(ThreeClouds()), parameters);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_THAT(SizesOf(*result), ::testing::ElementsAre(300, 200, 100)) << which;
    EXPECT_GT(result->iterations, 1) << which;
  }
}

TEST(KMeansPropertiesTest, FewerDistinctRowsThanClustersIsSaidByEverySeeding) {
  std::vector<std::vector<double>> rows;
  for (int i = 0; i < 300; ++i) rows.push_back({static_cast<double>(i % 3), 1});
  for (const int which : {0, 1}) {
    const auto result = Train(MakeMatrix(rows), Variant(which));
    EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(result.status().message()), ::testing::HasSubstr("only 3 distinct values"));
  }
}

TEST(KMeansPropertiesTest, CloudsAreStableAndCutsThroughOneAreNot) {
  KMeansParameters parameters = Clusters(3);
  parameters.set_stability_resamples(20);
  const auto clouds = Train(MakeMatrix(ThreeClouds()), parameters);
  ASSERT_TRUE(clouds.ok()) << clouds.status();
  EXPECT_THAT(clouds->stability, ::testing::Each(::testing::Gt(0.99)));
  parameters.set_num_clusters(5);
  const auto noise = Train(MakeMatrix(RandomRows(600, 3, 5)), parameters);
  ASSERT_TRUE(noise.ok()) << noise.status();
  EXPECT_THAT(noise->stability, ::testing::Each(::testing::Lt(0.8)));
  EXPECT_THAT(noise->stability, ::testing::Each(::testing::Gt(0.1)));
}

}  // namespace
}  // namespace clientele::training
