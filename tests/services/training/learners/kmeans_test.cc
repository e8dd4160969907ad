#include "services/training/learners/kmeans/train.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>

#include "common/base/error.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/learners/kmeans/lloyd.h"
#include "tests/services/training/support/matrices.h"
#include "tests/services/training/support/public_data.h"

namespace clientele::training {
namespace {

using ::testing::HasSubstr;
using model::v1::KMeansParameters;
using testutil::MakeMatrix;
using testutil::RandomRows;
using testutil::RunOnRanks;

KMeansParameters Clusters(int k, int restarts = 10) {
  KMeansParameters parameters;
  parameters.set_num_clusters(k);
  parameters.set_restarts(restarts);
  return parameters;
}

absl::StatusOr<KMeansResult> Train(const TrainingMatrix& matrix, const KMeansParameters& parameters, uint64_t seed = 7,
                                   int threads = 2, const StopToken& stop = StopToken()) {
  LocalCommunicator local;
  return TrainKMeans(matrix, parameters, seed, local, threads, stop, {});
}

TEST(ValidateKMeansTest, NamesTheFieldThatIsOutOfRange) {
  const auto field_of = [](const KMeansParameters& parameters) { return FieldOf(ValidateKMeans(parameters, "spec.kmeans")); };
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
}

// The best known sums of squares: never below, and above by no more than the reference allows.
struct ReferenceSet {
  std::string name;
  std::string file;
  int columns;
  double tolerance;
};

class KMeansReferenceTest : public ::testing::TestWithParam<ReferenceSet> {};

TEST_P(KMeansReferenceTest, ReachesTheBestKnownInertia) {
  CLIENTELE_REFERENCE(reference);
  CLIENTELE_PUBLIC_TABLE(table, GetParam().file);
  std::vector<std::vector<double>> rows(table.rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    for (int j = 0; j < GetParam().columns; ++j) rows[i].push_back(table.Number(i, j));
  }
  const auto& expected = reference["kmeans"][GetParam().name];
  const auto result = Train(MakeMatrix(rows), Clusters(expected["k"], 20));
  ASSERT_TRUE(result.ok()) << result.status();
  const double best = expected["best_sse"];
  EXPECT_GE(result->inertia, best * (1 - 1e-6));
  EXPECT_LE(result->inertia, best * (1 + GetParam().tolerance));
  if (GetParam().tolerance <= 1e-3) {
    std::vector<int64_t> sizes;
    for (const auto& cluster : result->model.clusters()) sizes.insert(sizes.begin(), cluster.size());
    const std::vector<int64_t> expected_sizes = expected["sizes_sorted"];
    ASSERT_EQ(sizes.size(), expected_sizes.size());
    for (size_t c = 0; c < sizes.size(); ++c) EXPECT_NEAR(sizes[c], expected_sizes[c], 2);
    EXPECT_NEAR(result->silhouette, expected["silhouette_euclid"], 0.02);
  }
}

INSTANTIATE_TEST_SUITE_P(PublicData, KMeansReferenceTest,
                         ::testing::Values(ReferenceSet{"s1", "clusters/s1.csv", 2, 1e-3},
                                           ReferenceSet{"s2", "clusters/s2.csv", 2, 1e-3},
                                           ReferenceSet{"a1", "clusters/a1.csv", 2, 3e-2},
                                           ReferenceSet{"unbalance", "clusters/unbalance.csv", 2, 1e-3},
                                           ReferenceSet{"iris_k2", "clusters/iris.csv", 4, 1e-3},
                                           ReferenceSet{"iris_k3", "clusters/iris.csv", 4, 1e-3},
                                           ReferenceSet{"iris_k5", "clusters/iris.csv", 4, 1e-3}),
                         [](const auto& test) { return test.param.name; });

// Three clouds of different sizes, far apart.
std::vector<std::vector<double>> ThreeClouds() {
  std::vector<std::vector<double>> rows = RandomRows(600, 2, 5);
  for (size_t i = 0; i < rows.size(); ++i) rows[i][0] += i % 6 == 0 ? 100 : i % 6 <= 2 ? 50 : 0;
  return rows;
}

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

TEST(TrainKMeansTest, GivesTheSameModelForAnyThreadsAndRanks) {
  const TrainingMatrix matrix = MakeMatrix(RandomRows(1500, 5, 9));
  const std::string expected = Train(matrix, Clusters(7, 3), 11, 1)->model.SerializeAsString();
  for (const int threads : {2, 3}) {
    EXPECT_EQ(Train(matrix, Clusters(7, 3), 11, threads)->model.SerializeAsString(), expected);
  }
  for (const int ranks : {1, 2, 5}) {
    const auto results = RunOnRanks<KMeansResult>(matrix, ranks, [](const TrainingMatrix& part, Communicator& c) {
      return TrainKMeans(part, Clusters(7, 3), 11, c, 2, StopToken(), {});
    });
    for (const auto& result : results) EXPECT_EQ(result->model.SerializeAsString(), expected) << ranks;
  }
  EXPECT_NE(Train(matrix, Clusters(7, 3), 12)->model.SerializeAsString(), expected);
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

TEST(RunLloydTest, ACentroidThatLosesItsRowsStartsAgainAtTheRowWorstServed) {
  const TrainingMatrix matrix = MakeMatrix({{0}, {1}, {2}, {100}});
  LocalCommunicator local;
  const ShardSums sums(matrix, local, 1, StopToken());
  // Nothing is nearest to the second and third centroid.
  const auto result = RunLloyd(sums, {1, 1e6, 2e6}, 3, LloydOptions(), {});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->sizes, ::testing::Each(::testing::Gt(0)));
  EXPECT_NEAR(result->inertia, 0.5, 1e-12);  // {0, 1} or {1, 2}, and two rows on their own.
}

TEST(RunLloydTest, NeverReturnsAnEmptyClusterEvenAfterOneIteration) {
  const TrainingMatrix matrix = MakeMatrix(RandomRows(300, 2, 3));
  LocalCommunicator local;
  const ShardSums sums(matrix, local, 1, StopToken());
  const std::vector<double> far = {0, 0, 1e3, 1e3, 2e3, 2e3, 3e3, 3e3, 4e3, 4e3};
  const auto result = RunLloyd(sums, far, 5, {.max_iterations = 1}, {});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->sizes, ::testing::Each(::testing::Gt(0)));
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
