#include "services/training/learners/kmeans/refine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "services/training/learners/kmeans/lloyd.h"
#include "tests/services/training/learners/kmeans/support.h"

namespace clientele::training {
namespace {

using testutil::MakeMatrix;
using testutil::RandomRows;

RowSample SampleOf(const std::vector<std::vector<double>>& rows) {
  RowSample sample;
  for (const auto& row : rows) sample.values.insert(sample.values.end(), row.begin(), row.end());
  return sample;
}

TEST(RefineByMovesTest, MovesARowThatLloydLeavesWhereItIs) {
  const RowSample rows = SampleOf({{0}, {4}, {7}, {7}, {7}});
  // Centroids 2 and 7: 4 is 2 from its own and 3 from the other; it leaves 8 behind and adds 27 / 4.
  const auto refined = RefineByMoves(rows, 1, {2, 7}, 10, StopToken());
  ASSERT_TRUE(refined.ok());
  EXPECT_DOUBLE_EQ((*refined)[0], 0);
  EXPECT_DOUBLE_EQ((*refined)[1], 25.0 / 4);
}

TEST(RefineByMovesTest, AWeightIsAsManyRows) {
  RowSample weighted = SampleOf({{0}, {4}, {7}});
  weighted.weights = {1, 1, 3};
  EXPECT_DOUBLE_EQ((*RefineByMoves(weighted, 1, {2, 7}, 10, StopToken()))[1], 25.0 / 4);
  weighted.weights = {1, 0, 3};  // Moves nobody.
  EXPECT_DOUBLE_EQ((*RefineByMoves(weighted, 1, {0, 7}, 10, StopToken()))[1], 7);
}

TEST(RefineByMovesTest, NeverMakesLloydsEndWorse) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto rows = RandomRows(200, 3, seed);
    const TrainingMatrix matrix = MakeMatrix(rows);
    LocalCommunicator local;
    const ShardSums sums(matrix, local, 1, StopToken());
    const auto frame = MakeRowFrame(sums);
    std::vector<double> start;
    for (int c = 0; c < 6; ++c) start.insert(start.end(), rows[c].begin(), rows[c].end());
    const auto lloyd = RunLloyd(sums, *frame, start, 6, {.min_relative_progress = -1}, {});
    ASSERT_TRUE(lloyd.ok());
    const auto refined = RefineByMoves(SampleOf(rows), 3, lloyd->centroids, 100, StopToken());
    const auto after = RunLloyd(sums, *frame, *refined, 6, {.min_relative_progress = -1}, {});
    EXPECT_LE(after->inertia, lloyd->inertia * (1 + 1e-9));
  }
}

TEST(RefineByMovesTest, StopsWhenAsked) {
  const StopToken stop(absl::UnixEpoch());
  EXPECT_FALSE(RefineByMoves(SampleOf({{0}, {1}}), 1, {0, 1}, 10, stop).ok());
}

}  // namespace
}  // namespace clientele::training
