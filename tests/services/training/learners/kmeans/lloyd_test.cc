#include "services/training/learners/kmeans/lloyd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "services/training/learners/kmeans/distances.h"
#include "tests/services/training/learners/kmeans/support.h"

namespace clientele::training {
namespace {

using testutil::MakeMatrix;
using testutil::RandomRows;

TEST(RunLloydTest, ACentroidThatLosesItsRowsStartsAgainAtTheRowWorstServed) {
  const TrainingMatrix matrix = MakeMatrix({{0}, {1}, {2}, {100}});
  LocalCommunicator local;
  const ShardSums sums(matrix, local, 1, StopToken());
  // Nothing is nearest to the second and third centroid.
  const auto result = RunLloyd(sums, *MakeRowFrame(sums), {1, 1e6, 2e6}, 3, LloydOptions(), {});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->sizes, ::testing::Each(::testing::Gt(0)));
  EXPECT_NEAR(result->inertia, 0.5, 1e-12);  // {0, 1} or {1, 2}, and two rows on their own.
}

TEST(RunLloydTest, NeverReturnsAnEmptyClusterEvenAfterOneIteration) {
  const TrainingMatrix matrix = MakeMatrix(RandomRows(300, 2, 3));
  LocalCommunicator local;
  const ShardSums sums(matrix, local, 1, StopToken());
  const std::vector<double> far = {0, 0, 1e3, 1e3, 2e3, 2e3, 3e3, 3e3, 4e3, 4e3};
  const auto result = RunLloyd(sums, *MakeRowFrame(sums), far, 5, {.max_iterations = 1}, {});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->sizes, ::testing::Each(::testing::Gt(0)));
}

// Lloyd's iterations as the textbook has them.
std::vector<double> PlainLloyd(const std::vector<std::vector<double>>& rows, std::vector<double> centroids,
                               int iterations) {
  const size_t d = rows[0].size(), k = centroids.size() / d;
  for (int iteration = 0; iteration < iterations; ++iteration) {
    std::vector<double> sums(k * d, 0.0), counts(k, 0.0);
    for (const auto& row : rows) {
      size_t nearest = 0;
      double least = INFINITY;
      for (size_t c = 0; c < k; ++c) {
        double square = 0;
        for (size_t j = 0; j < d; ++j) square += std::pow(static_cast<float>(row[j]) - centroids[c * d + j], 2);
        if (square < least) least = square, nearest = c;
      }
      counts[nearest] += 1;
      for (size_t j = 0; j < d; ++j) sums[nearest * d + j] += static_cast<float>(row[j]);
    }
    for (size_t c = 0; c < k; ++c) {
      for (size_t j = 0; j < d; ++j) centroids[c * d + j] = sums[c * d + j] / counts[c];
    }
  }
  return centroids;
}

TEST(RunLloydTest, TakesTheStepsOfTheTextbook) {
  for (const int d : {1, 3, 4, 7, 16, 19}) {
    const auto rows = RandomRows(1000, d, 11);
    std::vector<double> start;
    for (int c = 0; c < 9; ++c) start.insert(start.end(), rows[c].begin(), rows[c].end());
    const TrainingMatrix matrix = MakeMatrix(rows);
    LocalCommunicator local;
    const ShardSums sums(matrix, local, 1, StopToken());
    const auto result =
        RunLloyd(sums, *MakeRowFrame(sums), start, 9, {.max_iterations = 5, .min_relative_progress = -1}, {});
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->iterations, 5);
    const std::vector<double> expected = PlainLloyd(rows, start, 5);
    for (size_t at = 0; at < expected.size(); ++at) EXPECT_NEAR(result->centroids[at], expected[at], 1e-6) << d;
  }
}

TEST(RunLloydTest, InertiaAndSpreadsAreOfTheCentroidsItReturns) {
  const auto rows = RandomRows(500, 3, 2);
  const TrainingMatrix matrix = MakeMatrix(rows);
  LocalCommunicator local;
  const ShardSums sums(matrix, local, 1, StopToken());
  const auto result = RunLloyd(sums, *MakeRowFrame(sums), {-1, 0, 0, 1, 0, 0}, 2, LloydOptions(), {});
  ASSERT_TRUE(result.ok()) << result.status();
  double inertia = 0;
  std::vector<double> distances(2, 0.0);
  for (const auto& row : rows) {
    double squares[2] = {0, 0};
    for (int c = 0; c < 2; ++c) {
      for (int j = 0; j < 3; ++j) squares[c] += std::pow(static_cast<float>(row[j]) - result->centroids[c * 3 + j], 2);
    }
    const int nearest = squares[1] < squares[0];
    inertia += squares[nearest];
    distances[nearest] += std::sqrt(squares[nearest]);
  }
  EXPECT_NEAR(result->inertia, inertia, 1e-9 * inertia);
  for (int c = 0; c < 2; ++c) EXPECT_NEAR(result->spreads[c], distances[c] / result->sizes[c], 1e-6);
}

}  // namespace
}  // namespace clientele::training
