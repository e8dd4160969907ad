// Work on many threads, results in order: tasks 0 to n - 1 are started in order, and what each gives is handed on in
// order by the calling thread. At most two results a thread wait, so memory is bounded whatever the consumer does.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/base/status_macros.h"

namespace clientele::features {

template <typename Result>
class OrderedTasks {
 public:
  using Work = absl::FunctionRef<absl::StatusOr<Result>(int task)>;
  using Emit = absl::FunctionRef<absl::Status(Result result)>;

  // `work` is called from `threads` threads, `emit` from the caller's. The first error in the order of tasks ends it
  // all and is returned. Blocks; every thread has ended when it returns.
  static absl::Status Run(int tasks, int threads, Work work, Emit emit) {
    if (threads <= 1 || tasks <= 1) {
      for (int task = 0; task < tasks; ++task) {
        CLIENTELE_ASSIGN_OR_RETURN(Result result, work(task));
        CLIENTELE_RETURN_IF_ERROR(emit(std::move(result)));
      }
      return absl::OkStatus();
    }
    OrderedTasks run(tasks, std::min(threads, tasks), work);
    std::vector<std::jthread> pool;
    for (int i = 0; i < std::min(threads, tasks); ++i) pool.emplace_back([&run] { run.Produce(); });
    const absl::Status status = run.Consume(emit);
    run.Stop();
    return status;  // The pool joins.
  }

 private:
  OrderedTasks(int tasks, int threads, Work work) : tasks_(tasks), window_(2 * threads), work_(work), slots_(window_) {}

  void Produce() {
    for (;;) {
      int task;
      {
        const auto may_start = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
          return stopped_ || started_ >= tasks_ || started_ < emitted_ + window_;
        };
        absl::MutexLock lock(&mutex_);
        mutex_.Await(absl::Condition(&may_start));
        if (stopped_ || started_ >= tasks_) return;
        task = started_++;
      }
      absl::StatusOr<Result> result = work_(task);
      absl::MutexLock lock(&mutex_);
      slots_[task % window_] = std::move(result);
    }
  }

  absl::Status Consume(Emit emit) {
    for (int task = 0; task < tasks_; ++task) {
      std::optional<absl::StatusOr<Result>> result;
      {
        std::optional<absl::StatusOr<Result>>& slot = slots_[task % window_];
        const auto is_there = [&slot] { return slot.has_value(); };
        absl::MutexLock lock(&mutex_);
        mutex_.Await(absl::Condition(&is_there));
        result = std::exchange(slot, std::nullopt);
        emitted_ = task + 1;
      }
      CLIENTELE_RETURN_IF_ERROR(result->status());
      CLIENTELE_RETURN_IF_ERROR(emit(*std::move(*result)));
    }
    return absl::OkStatus();
  }

  void Stop() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }

  const int tasks_;
  const int window_;
  const Work work_;
  absl::Mutex mutex_;
  int started_ ABSL_GUARDED_BY(mutex_) = 0;
  int emitted_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::optional<absl::StatusOr<Result>>> slots_;  // Guarded by mutex_, task by task modulo the window.
};

}  // namespace clientele::features
