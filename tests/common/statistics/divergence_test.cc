// Against NumPy and SciPy.
#include "common/statistics/divergence.h"

#include <gtest/gtest.h>

namespace clientele::statistics {
namespace {

constexpr int64_t kTraining[] = {100, 200, 300, 0, 400}, kScored[] = {50, 100, 0, 25, 325};

TEST(PopulationStabilityIndexTest, GivesAnEmptyBinHalfARow) {
  EXPECT_NEAR(PopulationStabilityIndex(kTraining, kScored), 2.0547638380740394, 1e-12);
  EXPECT_EQ(PopulationStabilityIndex(kTraining, kTraining), 0);
  EXPECT_EQ(PopulationStabilityIndex({1, 2}, {0, 0}), 0);
}

TEST(JensenShannonDivergenceTest, GoesFromZeroToOne) {
  EXPECT_NEAR(JensenShannonDivergence(kTraining, kScored), 0.19667626143700584, 1e-12);
  EXPECT_EQ(JensenShannonDivergence(kTraining, kTraining), 0);
  EXPECT_EQ(JensenShannonDivergence({5, 0}, {0, 9}), 1);
}

}  // namespace
}  // namespace clientele::statistics
