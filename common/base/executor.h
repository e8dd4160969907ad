// A bounded pool of threads for work that may block, so that the threads of an RPC server never do. What waits for a
// thread waits in a queue that is fair over flows: see fair_queue.h. The thread that was idle last works next: few are
// warm, and what each keeps of the memory it freed is kept by few.
#pragma once

#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/base/fair_queue.h"

namespace clientele {

// Thread-safe. Threads are started as they are needed and kept.
class Executor {
 public:
  // At most `max_threads` run at once and `max_queued` tasks wait.
  Executor(int max_threads, int max_queued);
  ~Executor();  // Stop().

  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Runs `task` soon. RESOURCE_EXHAUSTED with a RetryInfo when the queue has no place for it, UNAVAILABLE once stopped;
  // then it never runs.
  absl::Status Run(const Flow& flow, std::function<void()> task) ABSL_LOCKS_EXCLUDED(mutex_);
  // Of no flow.
  absl::Status Run(std::function<void()> task) ABSL_LOCKS_EXCLUDED(mutex_) { return Run(Flow{}, std::move(task)); }

  // Runs what is queued, then joins. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Work() ABSL_LOCKS_EXCLUDED(mutex_);
  void WaitForWork() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int max_threads_;
  absl::Mutex mutex_;
  FairQueue<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  std::vector<absl::CondVar*> idle_ ABSL_GUARDED_BY(mutex_);  // One a thread that nobody has woken, the latest last.
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace clientele
