// Workers that a test plays itself: it sees each job that was launched, tells its progress and ends it.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/error.h"
#include "services/training/jobs/worker_launcher.h"

namespace clientele::testutil {

// What the test and the worker share. Thread-safe.
class FakeRun {
 public:
  FakeRun(training::v1::TrainingJob job, training::MemoryAllowance memory)
      : job_(std::move(job)), memory_(std::move(memory)) {}
  const training::v1::TrainingJob& job() const { return job_; }

  void Progress(double fraction) {
    training::v1::Progress progress;
    progress.set_fraction(fraction);
    absl::MutexLock lock(&mutex_);
    progress_.push_back(progress);
  }
  // As a worker that takes so many bytes at most: whether it is let. Else it ends.
  bool Take(int64_t bytes) {
    const bool fits = memory_.limit == 0 || bytes <= memory_.limit || memory_.more(bytes) >= bytes;
    absl::MutexLock lock(&mutex_);
    took_ = {.peak = bytes, .outgrew = !fits};
    if (!fits) {
      outcome_ = Error(absl::StatusCode::kResourceExhausted, ErrorReason::kNotEnoughMemory,
                       absl::StrCat("the job needs more memory than its budget; raise ", memory_.setting));
    }
    return fits;
  }
  int64_t memory_limit() const { return memory_.limit; }
  training::WorkerMemory took() {
    absl::MutexLock lock(&mutex_);
    return took_;
  }
  void End(absl::StatusOr<training::v1::WorkerResult> outcome) {
    absl::MutexLock lock(&mutex_);
    outcome_ = std::move(outcome);
  }
  // From now on the worker ends as it likes, whoever stops it.
  void IgnoreStop() {
    absl::MutexLock lock(&mutex_);
    ignore_stop_ = true;
  }
  // Blocks until somebody has stopped it.
  void AwaitStop() {
    absl::MutexLock lock(&mutex_, absl::Condition(&stopped_));
  }

  void Stop() {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    if (ignore_stop_ || outcome_.has_value()) return;
    outcome_ = Error(absl::StatusCode::kCancelled, ErrorReason::kCancelled, "stopped");
  }
  absl::StatusOr<training::v1::WorkerResult> Wait(absl::FunctionRef<void(const training::v1::Progress&)> on_progress) {
    while (true) {
      std::deque<training::v1::Progress> progress;
      std::optional<absl::StatusOr<training::v1::WorkerResult>> outcome;
      {
        absl::MutexLock lock(&mutex_, absl::Condition(this, &FakeRun::HasNews));
        progress.swap(progress_);
        outcome = outcome_;
      }
      for (const auto& each : progress) on_progress(each);
      if (outcome.has_value()) return *outcome;
    }
  }

 private:
  bool HasNews() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !progress_.empty() || outcome_.has_value(); }

  const training::v1::TrainingJob job_;
  const training::MemoryAllowance memory_;
  absl::Mutex mutex_;
  training::WorkerMemory took_ ABSL_GUARDED_BY(mutex_);
  std::deque<training::v1::Progress> progress_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::StatusOr<training::v1::WorkerResult>> outcome_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool ignore_stop_ ABSL_GUARDED_BY(mutex_) = false;
};

class FakeLauncher final : public training::WorkerLauncher {
 public:
  static constexpr absl::Duration kCpuTime = absl::Seconds(30);  // Of every worker.

  absl::StatusOr<std::unique_ptr<training::Worker>> Launch(const training::v1::TrainingJob& job,
                                                            training::MemoryAllowance memory) override {
    absl::MutexLock lock(&mutex_);
    if (!refusal_.ok()) return refusal_;
    auto run = std::make_shared<FakeRun>(job, std::move(memory));
    runs_.push_back(run);
    return std::make_unique<FakeWorker>(std::move(run));
  }

  // The next job that was launched; blocks until there is one.
  std::shared_ptr<FakeRun> Next() {
    absl::MutexLock lock(&mutex_, absl::Condition(this, &FakeLauncher::HasRun));
    auto run = std::move(runs_.front());
    runs_.pop_front();
    return run;
  }
  bool HasLaunched() {
    absl::MutexLock lock(&mutex_);
    return !runs_.empty();
  }
  void Refuse(absl::Status status) {
    absl::MutexLock lock(&mutex_);
    refusal_ = std::move(status);
  }

 private:
  class FakeWorker final : public training::Worker {
   public:
    explicit FakeWorker(std::shared_ptr<FakeRun> run) : run_(std::move(run)) {}
    absl::StatusOr<training::v1::WorkerResult> Wait(
        absl::FunctionRef<void(const training::v1::Progress&)> on_progress) override {
      return run_->Wait(on_progress);
    }
    absl::Duration cpu_time() const override { return kCpuTime; }
    training::WorkerMemory memory() const override { return run_->took(); }
    void Stop() override { run_->Stop(); }

   private:
    const std::shared_ptr<FakeRun> run_;
  };

  bool HasRun() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !runs_.empty(); }

  absl::Mutex mutex_;
  std::deque<std::shared_ptr<FakeRun>> runs_ ABSL_GUARDED_BY(mutex_);
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::testutil
