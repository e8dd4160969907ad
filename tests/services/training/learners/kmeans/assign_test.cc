#include "services/training/learners/kmeans/assign.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <cmath>

#include "services/training/learners/instruction_set.h"
#include "services/training/learners/kmeans/distances.h"
#include "tests/services/training/learners/kmeans/support.h"

namespace clientele::training {
namespace {

using testutil::Clusters;
using testutil::MakeMatrix;
using testutil::RandomRows;
using testutil::Train;

// Every instruction set this processor has, one after the other; all of them again when it ends.
class EveryInstructionSet : public ::testing::Test {
 protected:
  ~EveryInstructionSet() override { Use(0); }
  static std::vector<int64_t> All() {
    std::vector<int64_t> targets;
    for (int64_t left = hwy::SupportedTargets() & HWY_TARGETS; left != 0; left &= left - 1)
      targets.push_back(left & -left);
    return targets;
  }
  static void Use(int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

TEST_F(EveryInstructionSet, AgreesOnTheClusters) {
  ASSERT_GE(All().size(), 2u);
  for (const int d : {2, 5, 16, 33}) {
    const TrainingMatrix matrix = MakeMatrix(RandomRows(3000, d, 21));
    Use(0);
    const auto expected = Train(matrix, Clusters(11, 2));
    ASSERT_TRUE(expected.ok()) << expected.status();
    for (const int64_t target : All()) {
      Use(target);
      const auto result = Train(matrix, Clusters(11, 2));
      ASSERT_TRUE(result.ok()) << result.status();
      EXPECT_NEAR(result->inertia, expected->inertia, 1e-5 * expected->inertia) << hwy::TargetName(target);
      for (int at = 0; at < 11 * d; ++at) {
        EXPECT_NEAR(result->model.centroids(at), expected->model.centroids(at), 1e-5) << hwy::TargetName(target);
      }
    }
  }
}

TEST_F(EveryInstructionSet, IsNamed) {
  for (const int64_t target : All()) {
    Use(target);
    EXPECT_EQ(InstructionSet(), hwy::TargetName(target));
  }
}

TEST_F(EveryInstructionSet, FindsTheNearestCentroidAndTheFirstOfEquals) {
  for (const int64_t target : All()) {
    Use(target);
    for (const int d : {1, 2, 3, 4, 6, 9, 17}) {
      for (const int n : {1, 15, 32, 127, 129, 300}) {
        const TrainingMatrix matrix = MakeMatrix(RandomRows(n, d, 3));
        LocalCommunicator local;
        const ShardSums sums(matrix, local, 1, StopToken());
        const auto frame = MakeRowFrame(sums);
        ASSERT_TRUE(frame.ok());
        const auto some = RandomRows(12, d, 4);
        std::vector<double> centroids;
        for (const auto& one : some) centroids.insert(centroids.end(), one.begin(), one.end());
        centroids.insert(centroids.end(), centroids.begin(), centroids.begin() + d);  // The first again, as the 13th.
        const PackedCentroids packed(centroids, 13, *frame);
        for (const TrainingShard& shard : matrix.shards) {
          std::vector<uint16_t> labels(shard.rows);
          LabelRows(shard.values.data(), shard.rows, packed, *frame, labels.data());
          for (int64_t i = 0; i < shard.rows; ++i) {
            ASSERT_LT(labels[i], 12);
            std::vector<double> squares(13, 0.0);
            for (int c = 0; c < 13; ++c) {
              for (int j = 0; j < d; ++j) squares[c] += std::pow(shard.values[i * d + j] - centroids[c * d + j], 2);
            }
            const double least = *std::min_element(squares.begin(), squares.end());
            EXPECT_LE(squares[labels[i]], least + 1e-5 * (1 + least));
          }
        }
      }
    }
  }
}

TEST_F(EveryInstructionSet, SumsAreTheSameIntegers) {
  const int d = 11;
  TrainingMatrix matrix = MakeMatrix(RandomRows(400, d, 8));
  for (TrainingShard& shard : matrix.shards) {
    for (int64_t i = 0; i < shard.rows; ++i) shard.weights.push_back(0.25 + 0.1 * static_cast<double>(i % 7));
  }
  LocalCommunicator local;
  const ShardSums sums(matrix, local, 1, StopToken());
  const auto frame = MakeRowFrame(sums);
  const TrainingShard& shard = matrix.shards[17];
  std::vector<int64_t> expected;
  for (const int64_t target : All()) {
    Use(target);
    std::vector<int64_t> integers(2 * (d + 2), 0);
    std::vector<uint16_t> labels(shard.rows, kUnassigned);
    std::vector<double> centroids(2 * d, 0.0);
    centroids[0] = 1;
    const ClusterSums parts{integers.data(), integers.data() + 2 * d, integers.data() + 2 * d + 2};
    const auto assign = [&] {
      return AssignRows(shard.values.data(), shard.rows, shard.weights.data(), PackedCentroids(centroids, 2, *frame),
                        *frame, labels.data(), parts);
    };
    EXPECT_EQ(assign(), shard.rows);
    EXPECT_EQ(assign(), 0);
    // Over to the other centroid and back again: nothing is left behind.
    const std::vector<int64_t> before = integers;
    centroids[0] = 1e6;  // Nobody is near it any more.
    assign();
    EXPECT_EQ(integers[2 * d + 2], 0);
    for (int j = 0; j < d; ++j) EXPECT_EQ(integers[j], 0);
    centroids[0] = 1;
    assign();
    EXPECT_EQ(integers, before);
    if (expected.empty()) expected = integers;
    EXPECT_EQ(integers, expected) << hwy::TargetName(target);
  }
}

TEST_F(EveryInstructionSet, MeasuresDistances) {
  const int d = 7, n = 70;
  const auto rows = RandomRows(n, d, 5);
  std::vector<float> values;
  for (const auto& row : rows) values.insert(values.end(), row.begin(), row.end());
  const std::vector<float> candidates(values.begin(), values.begin() + 2 * d);
  for (const int64_t target : All()) {
    Use(target);
    std::vector<float> nearest(n, 1e30f), start(n, 3.0f);
    std::vector<double> weights(n, 0.5);
    double total = 0;
    LowerNearest(values.data(), n, d, weights.data(), candidates, nearest.data(), total);
    double potentials[2] = {0, 0};
    std::vector<float> lowered[2] = {start, start};
    AddPotentials(values.data(), n, d, nullptr, candidates, start.data(), potentials,
                  {lowered[0].data(), lowered[1].data()});
    double expected_total = 0, expected[2] = {0, 0};
    for (int i = 0; i < n; ++i) {
      double squares[2] = {0, 0};
      for (int c = 0; c < 2; ++c) {
        for (int j = 0; j < d; ++j) squares[c] += std::pow(double{values[i * d + j]} - candidates[c * d + j], 2);
        expected[c] += std::min(3.0, squares[c]);
      }
      EXPECT_NEAR(nearest[i], std::min(squares[0], squares[1]), 1e-4);
      expected_total += 0.5 * std::min(squares[0], squares[1]);
    }
    EXPECT_EQ(nearest[0], 0);
    EXPECT_EQ(nearest[1], 0);
    EXPECT_NEAR(total, expected_total, 1e-4 * expected_total);
    for (int c = 0; c < 2; ++c) {
      EXPECT_NEAR(potentials[c], expected[c], 1e-4 * expected[c]);
      std::vector<float> alone = start;
      double potential = 0;
      LowerNearest(values.data(), n, d, nullptr, absl::MakeConstSpan(candidates).subspan(c * d, d), alone.data(),
                   potential);
      EXPECT_EQ(potentials[c], potential);
      EXPECT_EQ(lowered[c], alone);
    }
  }
}

}  // namespace
}  // namespace clientele::training
