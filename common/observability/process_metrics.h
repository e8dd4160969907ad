// What the process takes of its machine, under the names that Prometheus' own clients use:
// process_{resident_memory_bytes,open_fds,threads,start_time_seconds,cpu_seconds_total}; and of the allocator (jemalloc,
// where the program runs on it) process_heap_bytes, what is allocated, and process_heap_resident_bytes, what that takes.
#pragma once

#include "common/observability/metrics.h"

namespace clientele::observability {

// Looked up at each scrape of `metrics`.
void AddProcessMetrics(Metrics& metrics);

}  // namespace clientele::observability
