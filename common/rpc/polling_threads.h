// How many threads run what gRPC calls back.
#pragma once

#include <grpcpp/generic/generic_stub.h>

#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace clientele::rpc {

// gRPC runs the callbacks of all servers and channels of a process on the threads that wait for its connections: half
// as many as there are processors, and never fewer than two. Whoever has something to do hands the waiting to another,
// which on two processors is a quarter of what a small call costs. While this lives only `wanted` of them work, and the
// others sleep; 0: none sleeps. Where callbacks wait long, because one connection brings so much or work takes the
// processors, sleepers are woken one by one, and sleep again once all is calm. A callback may not wait for another.
class PollingThreads {
 public:
  // `too_long`: for a callback to wait. By default a few times what 64 small calls take together.
  explicit PollingThreads(int wanted, absl::Duration too_long = absl::Milliseconds(5));
  ~PollingThreads();  // Wakes them.
  PollingThreads(const PollingThreads&) = delete;
  PollingThreads& operator=(const PollingThreads&) = delete;

  // Half of the processors, but at least one.
  static int Enough();
  // How many sleep now.
  int sleepers() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return may_sleep_;
  }

 private:
  struct Visit;

  // Has one of the threads called back, to sleep or for nothing but to see how long it takes.
  Visit& Begin(bool to_sleep) ABSL_LOCKS_EXCLUDED(mutex_);
  void SleepHere() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Watch() ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether a callback begins soon. Blocks until it has; where that is long again, one more is woken.
  bool IsCalm() ABSL_LOCKS_EXCLUDED(mutex_);
  bool StopsWithin(absl::Duration duration) ABSL_LOCKS_EXCLUDED(mutex_);

  const absl::Duration too_long_;
  grpc::GenericStub nowhere_;                   // Its calls fail at once, which one of the threads is told.
  std::vector<std::unique_ptr<Visit>> visits_;  // That gRPC may still use.
  int most_ = 0;                                // That sleep at once.
  bool was_calm_ = true;                        // At the last look.
  mutable absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  int may_sleep_ ABSL_GUARDED_BY(mutex_) = 0;  // More wake up.
  int asleep_ ABSL_GUARDED_BY(mutex_) = 0;     // Those that just woke up among them.
  std::thread watch_;
};

}  // namespace clientele::rpc
