#include "services/training/learners/shard_sums.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "services/training/communicator/local_communicator.h"
#include "tests/services/training/support/matrices.h"

namespace clientele::training {
namespace {

using testutil::MakeMatrix;
using testutil::RandomRows;
using testutil::RunOnRanks;

// The sum of a column's thirds: not exact in binary, so that the order of additions shows.
absl::StatusOr<std::vector<double>> SumThirds(const TrainingMatrix& matrix, Communicator& communicator, int threads) {
  const ShardSums sums(matrix, communicator, threads, StopToken());
  return sums.Sum(matrix.columns, [&](int s, absl::Span<double> result) {
    for (size_t i = 0; i < matrix.shards[s].values.size(); ++i) {
      result[i % matrix.columns] += matrix.shards[s].values[i] / 3.0;
    }
  });
}

TEST(ShardSumsTest, AddsInShardOrder) {
  const TrainingMatrix matrix = MakeMatrix(RandomRows(3000, 1, 1));
  double expected = 0;
  for (const TrainingShard& shard : matrix.shards) {
    double sum = 0;
    for (const float value : shard.values) sum += value / 3.0;
    expected += sum;
  }
  LocalCommunicator local;
  EXPECT_THAT(SumThirds(matrix, local, 2).value(), ::testing::ElementsAre(expected));
}

TEST(ShardSumsTest, GivesTheSameBitsForAnyThreadsAndRanks) {
  const TrainingMatrix matrix = MakeMatrix(RandomRows(5000, 3, 2));
  LocalCommunicator local;
  const std::vector<double> expected = SumThirds(matrix, local, 1).value();
  for (const int threads : {2, 3, 8}) EXPECT_EQ(SumThirds(matrix, local, threads).value(), expected);
  for (const int ranks : {2, 5, 300}) {
    const auto results = RunOnRanks<std::vector<double>>(
        matrix, ranks, [](const TrainingMatrix& part, Communicator& c) { return SumThirds(part, c, 1); });
    for (const auto& result : results) EXPECT_EQ(result.value(), expected) << ranks;
  }
}

TEST(ShardSumsTest, WideSumsAreFoldedInBlocks) {
  const TrainingMatrix matrix = MakeMatrix(RandomRows(600, 1, 3));
  LocalCommunicator local;
  const ShardSums sums(matrix, local, 2, StopToken());
  const int64_t width = 1 << 20;
  const auto result = sums.Sum(width, [&](int s, absl::Span<double> r) {
    r[0] += static_cast<double>(matrix.shards[s].rows);
    r[width - 1] += 1;
  });
  EXPECT_EQ(result->front(), 600);
  EXPECT_EQ(result->back(), kShardCount);
}

TEST(ShardSumsTest, StoppingOneRankWakesTheOthers) {
  const TrainingMatrix matrix = MakeMatrix(RandomRows(512, 1, 4));
  const auto results = RunOnRanks<std::vector<double>>(matrix, 3, [](const TrainingMatrix& part, Communicator& c) {
    const StopToken stop = c.rank() == 1 ? StopToken(absl::UnixEpoch()) : StopToken();
    return ShardSums(part, c, 1, stop).Sum(1, [](int, absl::Span<double>) {});
  });
  EXPECT_EQ(results[1].status().code(), absl::StatusCode::kDeadlineExceeded);
  for (const int rank : {0, 2}) EXPECT_EQ(results[rank].status().code(), absl::StatusCode::kAborted);
}

}  // namespace
}  // namespace clientele::training
