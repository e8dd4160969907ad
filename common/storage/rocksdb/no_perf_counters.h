// RocksDB counts what each thread does, in thread-local memory, several times a record. Nobody reads those counts:
// while one of these lives, its thread does not count.
#pragma once

#include "rocksdb/perf_level.h"

namespace clientele::storage {

class NoPerfCounters {
 public:
  NoPerfCounters() : level_(rocksdb::GetPerfLevel()) { rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable); }
  ~NoPerfCounters() { rocksdb::SetPerfLevel(level_); }
  NoPerfCounters(const NoPerfCounters&) = delete;
  NoPerfCounters& operator=(const NoPerfCounters&) = delete;

 private:
  const rocksdb::PerfLevel level_;
};

}  // namespace clientele::storage
