#include "common/base/executor.h"

#include <algorithm>
#include <utility>

#include "common/base/error.h"
#include "common/base/overload.h"

namespace clientele {

Executor::Executor(int max_threads, int max_queued)
    : max_threads_(max_threads), queue_(static_cast<size_t>(std::max(max_queued, 0))) {}

Executor::~Executor() { Stop(); }

absl::Status Executor::Run(const Flow& flow, std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (stopped_) return Error(absl::StatusCode::kUnavailable, ErrorReason::kShuttingDown, "the server is shutting down");
  if (!queue_.Push(flow, std::move(task))) return TooManyCalls();
  if (idle_ < static_cast<int>(queue_.size()) && static_cast<int>(threads_.size()) < max_threads_) {
    threads_.emplace_back([this] { Work(); });
  }
  return absl::OkStatus();
}

void Executor::Stop() {
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

void Executor::Work() {
  while (true) {
    std::function<void()> task;
    {
      absl::MutexLock lock(&mutex_);
      ++idle_;
      mutex_.Await(absl::Condition(
          +[](Executor* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) {
            return self->stopped_ || !self->queue_.empty();
          },
          this));
      --idle_;
      if (queue_.empty()) return;
      task = queue_.Pop();
    }
    task();
  }
}

}  // namespace clientele
