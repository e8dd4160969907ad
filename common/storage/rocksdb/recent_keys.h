// Keys that are known to be on disk: a bounded memory that spares looking them up. What it has forgotten is looked up
// again.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/storage/rocksdb/record_keys.h"

namespace clientele::storage {

// Thread-safe. Two generations: when the young one is full it becomes the old one, and what was old is forgotten.
class RecentKeys {
 public:
  // Keeps at least the last `capacity` keys, at most twice as many.
  explicit RecentKeys(size_t capacity) : capacity_(capacity) {}

  // The indices of those it does not know.
  std::vector<size_t> Unknown(const KeyList& keys) const ABSL_LOCKS_EXCLUDED(mutex_) {
    std::vector<size_t> unknown;
    absl::ReaderMutexLock lock(&mutex_);
    for (size_t i = 0; i < keys.size(); ++i) {
      if (!young_.contains(keys[i]) && !old_.contains(keys[i])) unknown.push_back(i);
    }
    return unknown;
  }

  void Remember(const KeyList& keys) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::WriterMutexLock lock(&mutex_);
    for (size_t i = 0; i < keys.size(); ++i) {
      if (young_.size() >= capacity_) old_ = std::exchange(young_, {});
      young_.emplace(keys[i]);
    }
  }

  void Forget(absl::string_view key) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::WriterMutexLock lock(&mutex_);
    young_.erase(key);
    old_.erase(key);
  }

 private:
  const size_t capacity_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_set<std::string> young_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<std::string> old_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::storage
