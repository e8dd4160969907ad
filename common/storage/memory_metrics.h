// clientele_storage_memory_bytes{kind}: what a program's embedded databases keep in memory.
#pragma once

#include "common/observability/metrics.h"

namespace clientele::storage {

class DatabaseSet;

// Looked up at each scrape of `metrics`; `databases` must outlive the last of them.
void AddMemoryMetrics(const DatabaseSet& databases, observability::Metrics& metrics);

}  // namespace clientele::storage
