#include "common/storage/memory_metrics.h"

#include "common/storage/rocksdb/database_set.h"

namespace clientele::storage {

void AddMemoryMetrics(const DatabaseSet& databases, observability::Metrics& metrics) {
  const auto gauge = [&metrics](const char* kind) -> prometheus::Gauge& {
    return metrics.Gauge("clientele_storage_memory_bytes", "What the embedded databases keep in memory.",
                         {{"kind", kind}});
  };
  metrics.BeforeScrape([&databases, &buffers = gauge("write_buffers"), &blocks = gauge("cached_blocks"),
                        &readers = gauge("table_readers")] {
    const DatabaseMemory memory = databases.Memory();
    buffers.Set(static_cast<double>(memory.write_buffers));
    blocks.Set(static_cast<double>(memory.cached_blocks));
    readers.Set(static_cast<double>(memory.table_readers));
  });
}

}  // namespace clientele::storage
