#include "common/statistics/chi_squared.h"

#include <gtest/gtest.h>

namespace clientele::statistics {
namespace {

TEST(ChiSquaredTailTest, HasTheTailsOfTables) {
  EXPECT_NEAR(ChiSquaredTail(3.841458820694124, 1), 0.05, 1e-12);
  EXPECT_NEAR(ChiSquaredTail(5.991464547107979, 2), 0.05, 1e-12);
  EXPECT_NEAR(ChiSquaredTail(7.814727903251179, 3), 0.05, 1e-12);
  EXPECT_NEAR(ChiSquaredTail(18.307038053275146, 10), 0.05, 1e-12);
  EXPECT_EQ(ChiSquaredTail(0, 3), 1);
  EXPECT_EQ(ChiSquaredTail(-1e-9, 3), 1);
  EXPECT_EQ(ChiSquaredTail(5, 0), 1);
  EXPECT_GE(ChiSquaredTail(1e6, 4), 0);
}

}  // namespace
}  // namespace clientele::statistics
