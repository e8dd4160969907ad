// The databases that a program has open: copied together while they are written to.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace rocksdb {
class Cache;
class DB;
}  // namespace rocksdb

namespace clientele::storage {

// What databases keep in memory, in bytes.
struct DatabaseMemory {
  uint64_t write_buffers = 0;
  uint64_t cached_blocks = 0;
  uint64_t table_readers = 0;  // Indices and filters of open files that no cache holds.
};

// Thread-safe.
class DatabaseSet {
 public:
  // Called by Database, which stays in the set while it is open. `caches`: all that its tables use.
  void Add(const std::string& directory, rocksdb::DB& database, std::vector<std::shared_ptr<rocksdb::Cache>> caches)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Remove(const std::string& directory) ABSL_LOCKS_EXCLUDED(mutex_);

  // Copies each database to `target`/P, where P is its path below `root`: as it is at one instant of the call, which is
  // not the same for all of them. Files that never change are linked where `target` is on the same file system. Each
  // database must lie below `root`, and `target` be there. INTERNAL or UNAVAILABLE with STORAGE_FAILED.
  absl::Status Copy(const std::string& root, const std::string& target) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Of all of them together; a cache that several share counts once.
  DatabaseMemory Memory() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Member {
    rocksdb::DB* database;
    std::vector<std::shared_ptr<rocksdb::Cache>> caches;
  };

  mutable absl::Mutex mutex_;
  std::map<std::string, Member> members_ ABSL_GUARDED_BY(mutex_);  // By directory.
};

}  // namespace clientele::storage
