#include "tests/benchmark/serving/latency_histogram.h"

#include <gtest/gtest.h>

namespace clientele::benchmark {
namespace {

TEST(LatencyHistogramTest, PercentilesAreRightToItsResolution) {
  LatencyHistogram histogram;
  for (int i = 1; i <= 10'000; ++i) histogram.Add(absl::Microseconds(i));
  for (const double percent : {1.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
    EXPECT_NEAR(absl::ToDoubleMicroseconds(histogram.Percentile(percent)), 100 * percent, 100 * percent / 60)
        << percent;
  }
}

TEST(LatencyHistogramTest, HoldsWhatIsTinyAndWhatIsHuge) {
  LatencyHistogram histogram;
  histogram.Add(absl::Nanoseconds(3));
  histogram.Add(absl::Hours(1));
  histogram.Add(-absl::Seconds(1));  // A clock that went back.
  EXPECT_EQ(histogram.count(), 3);
  EXPECT_EQ(histogram.Percentile(50), absl::Nanoseconds(3));
  EXPECT_NEAR(absl::ToDoubleMinutes(histogram.Percentile(100)), 60, 1);
}

TEST(LatencyHistogramTest, AnEmptyOneHasNoPercentiles) {
  EXPECT_EQ(LatencyHistogram().Percentile(99), absl::ZeroDuration());
}

}  // namespace
}  // namespace clientele::benchmark
