#include "tests/benchmark/serving/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace clientele::benchmark {

void LatencyHistogram::Add(absl::Duration latency) {
  ++counts_[IndexOf(static_cast<uint64_t>(std::max<int64_t>(absl::ToInt64Nanoseconds(latency), 0)))];
  ++count_;
}

// Below kSteps exactly; from there on the top 7 bits count.
int LatencyHistogram::IndexOf(uint64_t nanoseconds) {
  if (nanoseconds < kSteps) return static_cast<int>(nanoseconds);
  const int shift = std::bit_width(nanoseconds) - std::bit_width(static_cast<unsigned>(kSteps));
  const int index = (shift + 1) * kSteps + static_cast<int>((nanoseconds >> shift) - kSteps);
  return std::min(index, kSteps * kDoublings - 1);
}

double LatencyHistogram::MiddleOf(int index) {
  if (index < kSteps) return index;
  const int shift = index / kSteps - 1;
  return std::ldexp(kSteps + index % kSteps + 0.5, shift);
}

absl::Duration LatencyHistogram::Percentile(double percent) const {
  const auto wanted = static_cast<int64_t>(std::ceil(static_cast<double>(count_) * percent / 100));
  int64_t seen = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= wanted && seen > 0) return absl::Nanoseconds(MiddleOf(static_cast<int>(i)));
  }
  return absl::ZeroDuration();
}

}  // namespace clientele::benchmark
