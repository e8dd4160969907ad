#include "common/model/kmeans/nearest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "common/model/sums.h"
#include "tests/common/model/instruction_sets.h"

namespace clientele::model {
namespace {

using testutil::ForEachInstructionSet;
using Order = NearestCentroids::Order;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<double> Normal(int n, double size, double middle, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> numbers(n);
  for (double& number : numbers) number = middle + size * normal(random);
  return numbers;
}

// Through all of them.
Nearest Search(const double* row, const std::vector<double>& centroids, int k, Order order) {
  const size_t d = centroids.size() / k;
  Nearest nearest{0, kInfinity, kInfinity};  // Squared, until the end.
  for (int c = 0; c < k; ++c) {
    double square = 0;
    if (order == Order::kFourSums) {
      square = SquaredDistance(row, centroids.data() + c * d, d);
    } else {
      for (size_t j = 0; j < d; ++j) square += (row[j] - centroids[c * d + j]) * (row[j] - centroids[c * d + j]);
    }
    if (square < nearest.distance) {
      nearest = {c, square, nearest.distance};
    } else if (square < nearest.runner_up_distance) {
      nearest.runner_up_distance = square;
    }
  }
  return {nearest.cluster, std::sqrt(nearest.distance), std::sqrt(nearest.runner_up_distance)};
}

// Whatever the float32 screening does, the answer is that of the search, to the bit.
void ExpectAsSearched(const std::vector<double>& rows, const std::vector<double>& centroids, int k, Order order) {
  const size_t d = centroids.size() / k, n = rows.size() / d;
  const NearestCentroids nearest(centroids, k, order);
  std::vector<Nearest> expected(n), found(n);
  for (size_t r = 0; r < n; ++r) expected[r] = Search(rows.data() + r * d, centroids, k, order);
  Workspace workspace;
  ForEachInstructionSet([&] {
    nearest.Find(rows.data(), workspace, absl::MakeSpan(found));
    for (size_t r = 0; r < n; ++r) {
      ASSERT_EQ(found[r].cluster, expected[r].cluster) << "k " << k << " d " << d << " row " << r;
      ASSERT_EQ(found[r].distance, expected[r].distance) << "k " << k << " d " << d << " row " << r;
      ASSERT_EQ(found[r].runner_up_distance, expected[r].runner_up_distance) << "k " << k << " d " << d << " row " << r;
    }
  });
}

TEST(NearestCentroidsTest, FindsWhatASearchFinds) {
  for (const Order order : {Order::kFourSums, Order::kOneSum}) {
    for (const int k : {1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 32, 33, 64, 65, 130}) {
      for (const int d : {1, 2, 3, 4, 5, 9, 32, 61}) {
        ExpectAsSearched(Normal(37 * d, 1, 0, d), Normal(k * d, 1, 0, k + d), k, order);
      }
    }
  }
}

// Few columns and many centroids on a grid: rows in the middle between two, four, eight of them.
TEST(NearestCentroidsTest, TiesGoToTheFirst) {
  for (const int d : {1, 2, 3}) {
    const int k = d == 1 ? 5 : d == 2 ? 25 : 125;
    std::vector<double> centroids, rows;
    for (int c = 0; c < k; ++c) {
      for (int j = 0, rest = c; j < d; ++j, rest /= 5) centroids.push_back(rest % 5);
    }
    for (int r = 0; r < 64 * d; ++r) rows.push_back((r * 7 % 9) / 2.0);
    ExpectAsSearched(rows, centroids, k, Order::kFourSums);
  }
}

TEST(NearestCentroidsTest, CentroidsThatStandInOnePlace) {
  std::vector<double> centroids = Normal(6 * 8, 1, 0, 3);
  std::copy_n(centroids.begin(), 8, centroids.begin() + 16);  // The third on the first.
  std::vector<double> rows = Normal(20 * 8, 1, 0, 4);
  std::copy_n(centroids.begin(), 8, rows.begin());  // And a row on both.
  ExpectAsSearched(rows, centroids, 6, Order::kFourSums);
  ExpectAsSearched(rows, std::vector<double>(6 * 8, 0.5), 6, Order::kFourSums);
}

// Differences of neighbours that float32 cannot see.
TEST(NearestCentroidsTest, CentroidsCloserThanFloat32CanTell) {
  for (const double size : {1e-5, 1e-7, 1e-9}) {
    std::vector<double> centroids = Normal(20 * 16, size, 0, 5);
    std::copy_n(Normal(16, 1, 0, 6).begin(), 16, centroids.begin());  // One far off.
    ExpectAsSearched(Normal(40 * 16, 1, 0, 7), centroids, 20, Order::kFourSums);
    ExpectAsSearched(Normal(40 * 16, size, 0, 8), centroids, 20, Order::kFourSums);
  }
}

TEST(NearestCentroidsTest, NumbersOfEverySize) {
  for (const double size : {1e-200, 1e-44, 1e-30, 1e-19, 1e10, 1e19, 1e25, 1e60, 1e120}) {
    ExpectAsSearched(Normal(20 * 7, size, 0, 9), Normal(12 * 7, size, 0, 10), 12, Order::kFourSums);
    ExpectAsSearched(Normal(20 * 7, size, 0, 9), Normal(12 * 7, 1, 0, 10), 12, Order::kFourSums);
    ExpectAsSearched(Normal(20 * 7, 1, 0, 9), Normal(12 * 7, std::min(size, 1e60), 0, 10), 12, Order::kFourSums);
    ExpectAsSearched(Normal(20 * 7, 1, size, 9), Normal(12 * 7, 1, size, 10), 12, Order::kFourSums);
  }
}

}  // namespace
}  // namespace clientele::model
