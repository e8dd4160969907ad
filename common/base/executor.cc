#include "common/base/executor.h"

#include <utility>

#include "absl/strings/cord.h"
#include "common/base/error.h"
#include "google/rpc/error_details.pb.h"

namespace clientele {
namespace {

constexpr int kRetrySeconds = 1;  // What waits now has had its turn by then.

absl::Status QueueFull() {
  absl::Status status = Error(absl::StatusCode::kResourceExhausted, ErrorReason::kTooManyCalls,
                              "too many calls are waiting; try again with back-off");
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(kRetrySeconds);
  status.SetPayload("type.googleapis.com/google.rpc.RetryInfo", absl::Cord(retry.SerializeAsString()));
  return status;
}

}  // namespace

Executor::Executor(int max_threads, int max_queued) : max_threads_(max_threads), max_queued_(max_queued) {}

Executor::~Executor() { Stop(); }

absl::Status Executor::Run(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (stopped_) return Error(absl::StatusCode::kUnavailable, ErrorReason::kShuttingDown, "the server is shutting down");
  if (static_cast<int>(queue_.size()) >= max_queued_) return QueueFull();
  queue_.push_back(std::move(task));
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
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

}  // namespace clientele
