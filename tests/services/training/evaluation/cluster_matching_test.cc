#include "services/training/evaluation/cluster_matching.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "services/training/learners/random.h"

namespace clientele::training {
namespace {

using ::testing::ElementsAre;

// The largest sum of benefits that any assignment of min(rows, columns) pairs has.
double BestByTrying(const std::vector<double>& benefits, int rows, int columns) {
  std::vector<int> order(std::max(rows, columns));
  std::iota(order.begin(), order.end(), 0);
  double best = -1e300;
  do {
    double sum = 0;
    for (int i = 0; i < std::min(rows, columns); ++i) {
      sum += rows <= columns ? benefits[i * columns + order[i]] : benefits[order[i] * columns + i];
    }
    best = std::max(best, sum);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

TEST(AssignByBenefitTest, IsAsGoodAsTryingAllAssignments) {
  Random random(3, 1);
  for (int trial = 0; trial < 300; ++trial) {
    const int rows = 1 + trial % 6, columns = 1 + trial / 6 % 6;
    std::vector<double> benefits(rows * columns);
    // Many ties every other time.
    for (double& benefit : benefits) {
      benefit = trial % 2 == 0 ? random.Uniform() * 100 - 50 : static_cast<double>(random.Next() % 3);
    }
    const std::vector<int> assigned = AssignByBenefit(benefits, rows, columns);
    double sum = 0;
    std::vector<int> used(columns, 0);
    int pairs = 0;
    for (int r = 0; r < rows; ++r) {
      if (assigned[r] < 0) continue;
      sum += benefits[r * columns + assigned[r]];
      EXPECT_EQ(++used[assigned[r]], 1);
      ++pairs;
    }
    EXPECT_EQ(pairs, std::min(rows, columns));
    EXPECT_NEAR(sum, BestByTrying(benefits, rows, columns), 1e-9) << rows << " x " << columns;
  }
}

TEST(MatchClustersTest, KeepsTheMostRowsTogether) {
  // Old clusters 0 (5 rows), 1 (3 rows); new ones 0 and 1 share 0 between them, 2 is new, 1 takes what 1 was.
  const RowClusters old_clusters = {{0, 0, 0, 0, 0, 1}, {1, 1, -1, -1}};
  const RowClusters new_clusters = {{1, 1, 1, 0, 0, 0}, {0, 0, 2, -1}};
  const Overlap overlap = CountOverlap(old_clusters, 2, new_clusters, 3);
  EXPECT_EQ(overlap.Shared(0, 1), 3);
  EXPECT_EQ(overlap.Shared(1, 0), 3);
  EXPECT_DOUBLE_EQ(overlap.Jaccard(0, 1), 0.6);
  EXPECT_DOUBLE_EQ(overlap.Jaccard(1, 0), 0.6);
  EXPECT_THAT(MatchClusters(overlap), ElementsAre(1, 0, -1));
}

TEST(MatchClustersTest, ClustersThatShareNothingDoNotMatch) {
  const RowClusters old_clusters = {{0, 0, 1}}, new_clusters = {{0, 0, -1}};
  EXPECT_THAT(MatchClusters(CountOverlap(old_clusters, 2, new_clusters, 2)), ElementsAre(0, -1));
  EXPECT_THAT(MatchClusters(CountOverlap({{-1, -1}}, 0, {{0, 1}}, 2)), ElementsAre(-1, -1));
}

}  // namespace
}  // namespace clientele::training
