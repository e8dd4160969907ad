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
  if (!idle_.empty()) {
    idle_.back()->Signal();
    idle_.pop_back();
  } else if (static_cast<int>(threads_.size()) < max_threads_) {
    threads_.emplace_back([this] { Work(); });
  }
  return absl::OkStatus();
}

void Executor::Stop() {
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    for (absl::CondVar* thread : idle_) thread->Signal();
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

void Executor::Work() {
  while (true) {
    std::function<void()> task;
    {
      absl::MutexLock lock(&mutex_);
      while (queue_.empty() && !stopped_) WaitForWork();
      if (queue_.empty()) return;
      task = queue_.Pop();
    }
    task();
  }
}

void Executor::WaitForWork() {
  absl::CondVar woken;
  idle_.push_back(&woken);
  woken.Wait(&mutex_);
  idle_.erase(std::remove(idle_.begin(), idle_.end(), &woken), idle_.end());  // It may wake by itself.
}

}  // namespace clientele
