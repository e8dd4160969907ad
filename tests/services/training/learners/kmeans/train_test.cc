#include "services/training/learners/kmeans/train.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>

#include "common/base/error.h"
#include "tests/services/training/learners/kmeans/support.h"

namespace clientele::training {
namespace {

using model::v1::KMeansParameters;
using ::testing::HasSubstr;
using testutil::Clusters;
using testutil::MakeMatrix;
using testutil::RandomRows;
using testutil::RunOnRanks;
using testutil::ThreeClouds;
using testutil::Train;

TEST(TrainKMeansTest, OrdersClustersByFallingSize) {
  const auto result = Train(MakeMatrix(ThreeClouds()), Clusters(3));
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->model.clusters_size(), 3);
  EXPECT_EQ(result->model.clusters(0).size(), 300);
  EXPECT_EQ(result->model.clusters(1).size(), 200);
  EXPECT_EQ(result->model.clusters(2).size(), 100);
  EXPECT_NEAR(result->model.centroids(0), 0, 0.3);
  EXPECT_NEAR(result->model.centroids(2), 50, 0.3);
  EXPECT_NEAR(result->model.centroids(4), 100, 0.3);
  EXPECT_GT(result->model.feature_scale(0), 0);
}

TEST(TrainKMeansTest, ChoosesTheNumberOfClustersBySilhouette) {
  KMeansParameters parameters;
  parameters.set_min_clusters(2);
  parameters.set_max_clusters(6);
  const auto result = Train(MakeMatrix(ThreeClouds()), parameters);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->model.num_clusters(), 3);
  ASSERT_EQ(result->choices.size(), 5);
  EXPECT_EQ(result->choices[0].num_clusters(), 2);
  EXPECT_EQ(result->choices[1].silhouette(), result->silhouette);
  for (size_t i = 1; i < result->choices.size(); ++i) {
    EXPECT_LT(result->choices[i].inertia(), result->choices[i - 1].inertia());
  }
}

TEST(TrainKMeansTest, ARangeEndsWhereTheRowsDo) {
  KMeansParameters parameters;
  parameters.set_min_clusters(2);
  parameters.set_max_clusters(10);
  const auto result = Train(MakeMatrix({{0}, {0}, {1}, {1}, {9}, {9}}), parameters);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->choices.size(), 2);  // Three distinct rows.
}

TEST(TrainKMeansTest, ChoosesTheNumberOfClustersByCalinskiHarabasz) {
  KMeansParameters parameters;
  parameters.set_min_clusters(2);
  parameters.set_max_clusters(6);
  parameters.set_choice(KMeansParameters::CHOICE_CALINSKI_HARABASZ);
  const auto result = Train(MakeMatrix(ThreeClouds()), parameters);
  ASSERT_TRUE(result.ok()) << result.status();
  double best = 0;
  for (const auto& choice : result->choices) best = std::max(best, choice.calinski_harabasz());
  EXPECT_EQ(result->calinski_harabasz, best);
  for (const auto& choice : result->choices) {
    EXPECT_EQ(choice.chosen(), choice.calinski_harabasz() == best);
    const double n = 600, k = choice.num_clusters();
    const double expected = (result->inertia_of_one - choice.inertia()) / (k - 1) / (choice.inertia() / (n - k));
    EXPECT_NEAR(choice.calinski_harabasz(), expected, 1e-9 * expected);
  }
}

TEST(TrainKMeansTest, RefusesWhatItCannotCluster) {
  const auto error = [](const std::vector<std::vector<double>>& rows, int k) {
    return Train(MakeMatrix(rows), Clusters(k)).status();
  };
  EXPECT_EQ(ReasonOf(error({}, 2)), "DATA_NOT_READY");
  EXPECT_THAT(std::string(error({{1, 2}}, 2).message()), HasSubstr("1 rows are too few for 2 clusters"));
  const absl::Status distinct = error({{1}, {1}, {2}, {2}, {1}}, 3);
  EXPECT_EQ(distinct.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(distinct.message()), HasSubstr("only 2 distinct values"));
  EXPECT_EQ(error({{1}, {NAN}, {2}}, 2).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error({{1}, {1e30}, {2}}, 2).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error({{1}, {INFINITY}, {2}}, 2).code(), absl::StatusCode::kInvalidArgument);
  // Finite, but their distances are not in float32.
  EXPECT_THAT(std::string(error({{-9e17, 9e17}, {9e17, -9e17}, {2, 2}}, 2).message()), HasSubstr("too far to measure"));
}

TEST(TrainKMeansTest, AConstantColumnDoesNotDisturb) {
  std::vector<std::vector<double>> rows = ThreeClouds();
  for (auto& row : rows) row.push_back(0.1);
  const auto result = Train(MakeMatrix(rows), Clusters(3));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->model.clusters(0).size(), 300);
  EXPECT_EQ(result->model.feature_scale(2), 1);
}

TEST(TrainKMeansTest, FindsEveryDistinctRowWhereThereAreJustAsMany) {
  const auto result = Train(MakeMatrix({{1}, {5}, {5}, {9}, {9}, {9}}), Clusters(3));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->inertia, 0);
  EXPECT_EQ(result->model.centroids(0), 9);
  EXPECT_EQ(result->model.centroids(2), 1);
}

TEST(TrainKMeansTest, StopsWhenAskedFromInside) {
  auto cancelled = std::make_shared<std::atomic<bool>>(false);
  const StopToken stop(absl::InfiniteFuture(), cancelled);
  LocalCommunicator local;
  int told = 0;
  const auto result = TrainKMeans(MakeMatrix(RandomRows(500, 3, 1)), Clusters(5, 100), 1, local, 2, stop,
                                  [&](double fraction, absl::string_view message) {
                                    EXPECT_GE(fraction, 0);
                                    EXPECT_LE(fraction, 1);
                                    EXPECT_THAT(std::string(message), HasSubstr("iteration"));
                                    if (++told == 3) *cancelled = true;
                                  });
  EXPECT_EQ(result.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(told, 3);
  EXPECT_EQ(local.Barrier().code(), absl::StatusCode::kAborted);
}

TEST(TrainKMeansTest, ARankThatFailsWakesTheOthers) {
  const TrainingMatrix matrix = MakeMatrix(RandomRows(500, 3, 1));
  const auto results = RunOnRanks<KMeansResult>(matrix, 3, [](const TrainingMatrix& part, Communicator& c) {
    const StopToken stop = c.rank() == 2 ? StopToken(absl::UnixEpoch()) : StopToken();
    return TrainKMeans(part, Clusters(4), 1, c, 1, stop, {});
  });
  for (const auto& result : results) EXPECT_FALSE(result.ok());
}

}  // namespace
}  // namespace clientele::training
