// The databases that a program has open: copied together while they are written to.
#pragma once

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace rocksdb {
class DB;
}

namespace clientele::storage {

// Thread-safe.
class DatabaseSet {
 public:
  // Called by Database, which stays in the set while it is open.
  void Add(const std::string& directory, rocksdb::DB& database) ABSL_LOCKS_EXCLUDED(mutex_);
  void Remove(const std::string& directory) ABSL_LOCKS_EXCLUDED(mutex_);

  // Copies each database to `target`/P, where P is its path below `root`: as it is at one instant of the call, which is
  // not the same for all of them. Files that never change are linked where `target` is on the same file system. Each
  // database must lie below `root`, and `target` be there. INTERNAL or UNAVAILABLE with STORAGE_FAILED.
  absl::Status Copy(const std::string& root, const std::string& target) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, rocksdb::DB*> databases_ ABSL_GUARDED_BY(mutex_);  // By directory.
};

}  // namespace clientele::storage
