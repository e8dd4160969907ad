// Latencies as counts in buckets whose width grows with the latency, as HdrHistogram keeps them: 64 to each doubling,
// so that a percentile is right to 1.6 %, whatever its size, in 30 KiB.
#pragma once

#include <array>
#include <cstdint>

#include "absl/time/time.h"

namespace clientele::benchmark {

class LatencyHistogram {
 public:
  void Add(absl::Duration latency);
  int64_t count() const { return count_; }
  // `percent` of all were not slower; zero where there are none.
  absl::Duration Percentile(double percent) const;

 private:
  static constexpr int kSteps = 64;  // To a doubling.
  static constexpr int kDoublings = 40;

  static int IndexOf(uint64_t nanoseconds);
  static double MiddleOf(int index);

  std::array<int64_t, kSteps * kDoublings> counts_{};
  int64_t count_ = 0;
};

}  // namespace clientele::benchmark
