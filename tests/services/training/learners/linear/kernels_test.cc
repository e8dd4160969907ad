#include "services/training/learners/linear/kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "common/base/aligned_vector.h"
#include "tests/common/model/instruction_sets.h"

namespace clientele::training {
namespace {

using testutil::ForEachInstructionSet;

template <typename T>
void ExpectGramOf(int p, int rows, double precision) {
  std::mt19937 random(static_cast<uint32_t>(p));
  std::normal_distribution<double> normal;
  const int width = PaddedWidth(p);
  AlignedVector<T> values(static_cast<size_t>(rows) * width, T{0});
  std::vector<T> weights;
  for (int r = 0; r < rows; ++r) {
    for (int j = 0; j < p; ++j) values[static_cast<size_t>(r) * width + j] = static_cast<T>(normal(random));
    weights.push_back(static_cast<T>(std::abs(normal(random))));
  }
  const std::vector<float> next(static_cast<size_t>(rows) * width);
  std::vector<double> gram(static_cast<size_t>(width) * width, 0.0), totals(width, 0.0);
  const WeightedTile<T> tile{values.data(), weights.data(), rows, width, next.data()};
  for (int times = 0; times < 2; ++times) AddWeightedGram(tile, gram.data(), totals.data());
  OrderGram<T>(width, gram.data());
  for (int i = 0; i < p; ++i) {
    double total = 0;
    for (int r = 0; r < rows; ++r) total += 2.0 * weights[r] * values[static_cast<size_t>(r) * width + i];
    EXPECT_NEAR(totals[i], total, precision * rows) << p << " " << i;
    for (int j = i; j < p; ++j) {
      double sum = 0;
      for (int r = 0; r < rows; ++r) {
        const T* row = values.data() + static_cast<size_t>(r) * width;
        sum += 2.0 * weights[r] * row[i] * row[j];
      }
      EXPECT_NEAR(gram[static_cast<size_t>(i) * width + j], sum, precision * rows) << p << " " << i << " " << j;
    }
  }
}

TEST(WeightedGramTest, IsTheSumOverRowsForEveryPairOfColumnsOnEveryInstructionSet) {
  ForEachInstructionSet([] {
    for (const int p : {1, 7, 16, 17, 32, 45, 64, 80}) {
      ExpectGramOf<float>(p, 100, 1e-6);
      ExpectGramOf<double>(p, 100, 1e-14);
    }
  });
}

}  // namespace
}  // namespace clientele::training
