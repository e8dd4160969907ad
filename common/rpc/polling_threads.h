// How many threads run what gRPC calls back.
#pragma once

#include <grpcpp/generic/generic_stub.h>

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace clientele::rpc {

// gRPC runs the callbacks of all servers and channels of a process on the threads that wait for its connections: half as
// many as there are processors, and never fewer than two. Whoever has something to do hands the waiting to another, which
// on two processors is a quarter of what a small call costs. While this lives at most `wanted` of them work, and the
// others sleep; 0: none sleeps. The fewer work, the sooner a callback that waits for another waits for ever.
class PollingThreads {
 public:
  explicit PollingThreads(int wanted);
  ~PollingThreads();  // Wakes them.
  PollingThreads(const PollingThreads&) = delete;
  PollingThreads& operator=(const PollingThreads&) = delete;

  // Half of the processors, but at least one.
  static int Enough();

 private:
  struct Visit;

  // Sends one to sleep, or only sees whether one still works. False: none is there to do so.
  bool VisitOne(bool to_sleep) ABSL_LOCKS_EXCLUDED(mutex_);

  grpc::GenericStub nowhere_;                   // Its calls fail at once, which one of the threads is told.
  std::vector<std::unique_ptr<Visit>> visits_;  // What gRPC uses until they have ended.
  absl::Mutex mutex_;
  bool awake_ ABSL_GUARDED_BY(mutex_) = false;
  size_t ended_ ABSL_GUARDED_BY(mutex_) = 0;  // Visits.
  int sleeping_ = 0;
};

}  // namespace clientele::rpc
