// What the machine could do at best: what a learner's time is held against.
#pragma once

namespace clientele::benchmark {

struct Limits {
  double bytes_per_second = 0;  // Read from memory, far beyond the caches.
  double flops_per_second = 0;  // float32 multiply-adds in the widest vectors, each counted as two.
};

// The best of many short slices, so that others on the machine do not count. Takes about two seconds.
Limits MeasureLimits(int threads);

}  // namespace clientele::benchmark
