// A bounded queue from the threads that score to one that works at its own pace. Who puts never waits, nor wakes
// anybody: the worker looks by itself, after each pace. So at most max_rows a pace are worked on, whatever comes:
// what is more is refused.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace clientele::inference {

// Thread-safe; one worker takes.
template <typename Item>
class PacedQueue {
 public:
  PacedQueue(int max_rows, absl::Duration pace) : max_rows_(max_rows), pace_(pace) {}

  // Whether so many rows would be taken now. Cost: a load.
  bool HasRoom(int rows) const { return rows_.load(std::memory_order_relaxed) + rows <= max_rows_; }

  // False where it is full.
  bool Put(Item item, int rows) ABSL_LOCKS_EXCLUDED(mutex_) {
    return PutInto(rows, [&item](std::vector<Item>& items) { items.push_back(std::move(item)); });
  }

  // The same of rows that `put` puts into the items that wait: with those of the last, or as an item of their own.
  bool PutInto(int rows, absl::FunctionRef<void(std::vector<Item>& items)> put) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (stopped_ || !HasRoom(rows)) return false;
    rows_.fetch_add(rows, std::memory_order_relaxed);
    put(items_);
    return true;
  }

  // What came within a pace, maybe nothing; none once it is stopped and all was taken. Calling it again says that
  // what it gave before is done.
  std::optional<std::vector<Item>> Take() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    working_ = false;
    ++rounds_;
    idle_.SignalAll();
    if (!stopped_ && !hurried_) wake_.WaitWithTimeout(&mutex_, pace_);
    if (stopped_ && items_.empty()) return std::nullopt;
    working_ = !items_.empty();
    rows_.store(0, std::memory_order_relaxed);
    return std::exchange(items_, {});
  }

  // Waits until all that was put before is done.
  void AwaitIdle() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    hurried_ = true;
    wake_.Signal();
    while (working_ || !items_.empty()) idle_.Wait(&mutex_);
    hurried_ = false;
  }

  // Waits until all that was put before is done, whatever comes meanwhile: a round that is under way, and the one after
  // it.
  void AwaitRounds() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    const uint64_t enough = rounds_ + 3;
    hurried_ = true;
    wake_.Signal();
    while (rounds_ < enough && !stopped_) idle_.Wait(&mutex_);
    hurried_ = false;
  }

  // Take gives what is left, then none.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    wake_.Signal();
    idle_.SignalAll();
  }

 private:
  const int max_rows_;
  const absl::Duration pace_;
  std::atomic<int> rows_ = 0;  // In items_; changed under the mutex.
  absl::Mutex mutex_;
  absl::CondVar wake_, idle_;
  std::vector<Item> items_ ABSL_GUARDED_BY(mutex_);
  uint64_t rounds_ ABSL_GUARDED_BY(mutex_) = 0;  // How often Take was called.
  bool working_ ABSL_GUARDED_BY(mutex_) = false;
  bool hurried_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace clientele::inference
