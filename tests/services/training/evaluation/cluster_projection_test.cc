#include "services/training/evaluation/cluster_projection.h"

#include <gtest/gtest.h>

#include <cmath>

#include "services/training/evaluation/cluster_metrics.h"
#include "services/training/learners/random.h"
#include "tests/services/training/support/public_data.h"

namespace clientele::training {
namespace {

TEST(ProjectClustersTest, FindsTheAxesOfAStretchedCloud) {
  // Two independent directions in 12 columns, with deviations 5 and 2; the others have 0.1.
  Random random(5, 1);
  const auto normal = [&] {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += random.Uniform();
    return sum;
  };
  constexpr int kColumns = 12, kRows = 4000;
  std::vector<float> rows;
  for (int i = 0; i < kRows; ++i) {
    const double a = 5 * normal(), b = 2 * normal();
    for (int j = 0; j < kColumns; ++j) {
      const double along = j == 3 ? (a + b) / std::sqrt(2) : j == 7 ? (a - b) / std::sqrt(2) : 0;
      rows.push_back(static_cast<float>(100 + along + 0.1 * normal()));
    }
  }
  std::vector<double> centroids(2 * kColumns, 100.0);
  centroids[3] += 10, centroids[7] += 10;
  const auto projection = ProjectClusters(rows, kColumns, centroids);
  EXPECT_NEAR(projection.explained_first(), 25.0 / 29.12, 0.02);
  EXPECT_NEAR(projection.explained_second(), 4.0 / 29.12, 0.02);
  ASSERT_EQ(projection.points_size(), kMostPoints);
  ASSERT_EQ(projection.centroids_size(), 2);
  EXPECT_NEAR(projection.centroids(0).x() - projection.centroids(1).x(), std::sqrt(200), 0.3);
  EXPECT_NEAR(projection.centroids(0).y() - projection.centroids(1).y(), 0, 0.3);
  for (const auto& point : projection.points())
    EXPECT_EQ(point.cluster(), point.x() > projection.centroids(0).x() / 2 + projection.centroids(1).x() / 2 ? 0 : 1);
}

TEST(ProjectClustersTest, MatchesThePublishedSharesOfIris) {
  CLIENTELE_PUBLIC_TABLE(table, "clusters/iris.csv");
  std::vector<float> rows;
  for (size_t i = 0; i < table.rows.size(); ++i) {
    for (int j = 0; j < 4; ++j) rows.push_back(static_cast<float>(table.Number(i, j)));
  }
  const auto projection = ProjectClusters(rows, 4, std::vector<double>(4, 0.0));
  EXPECT_NEAR(projection.explained_first(), 0.92462, 1e-5);
  EXPECT_NEAR(projection.explained_second(), 0.05307, 1e-5);
}

TEST(ProjectClustersTest, ConstantRowsAndASingleColumnHaveNoAxes) {
  const auto constant = ProjectClusters({3, 4, 3, 4}, 2, {3, 4});
  EXPECT_EQ(constant.explained_first(), 0);
  EXPECT_EQ(constant.points(1).x(), 0);
  const auto single = ProjectClusters({1, 2, 3}, 1, {2});
  EXPECT_NEAR(single.explained_first(), 1, 1e-12);
  EXPECT_EQ(single.explained_second(), 0);
  EXPECT_NEAR(single.points(2).x(), 1, 1e-12);
}

TEST(CalinskiHarabaszTest, MatchesTheDefinition) {
  EXPECT_DOUBLE_EQ(CalinskiHarabasz(2, 10, 12, 3), (8.0 / 2) / (2.0 / 9));
  EXPECT_EQ(CalinskiHarabasz(2, 10, 12, 1), 0);
  EXPECT_EQ(CalinskiHarabasz(0, 10, 12, 3), INFINITY);
}

}  // namespace
}  // namespace clientele::training
