// A value that many threads read while one replaces it: readers copy a pointer to an immutable T, a writer swaps it, and
// the old value dies when its last reader lets go.
#pragma once

#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace clientele {

// Thread-safe. A mutex rather than std::atomic<std::shared_ptr>, which this compiler's thread sanitizer reports.
template <typename T>
class Snapshot {
 public:
  explicit Snapshot(std::shared_ptr<const T> value) : value_(std::move(value)) {}

  std::shared_ptr<const T> Get() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::ReaderMutexLock lock(&mutex_);
    return value_;
  }

  // Replaces the value; returns the old one, so that it dies on the writer's thread unless somebody still reads it.
  std::shared_ptr<const T> Set(std::shared_ptr<const T> value) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::WriterMutexLock lock(&mutex_);
    value_.swap(value);
    return value;
  }

 private:
  mutable absl::Mutex mutex_;
  std::shared_ptr<const T> value_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele
