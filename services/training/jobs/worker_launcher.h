// The seam between jobs and what runs them: a process today, something else tomorrow, a fake in tests.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clientele/training/v1/training_service.pb.h"
#include "clientele/training/v1/worker.pb.h"

namespace clientele::training {

// What a worker took of memory.
struct WorkerMemory {
  int64_t peak = 0;      // Bytes at most, as far as it was looked at; 0: nobody looked.
  bool outgrew = false;  // It was ended, for it wanted more than it was given.
};

// What a worker may take, in bytes.
struct MemoryAllowance {
  int64_t limit = 0;  // 0: as much as it likes.
  int64_t most = 0;   // What it could be given at all.
  const char* setting = "worker.memory";  // That bounds it.
  // It takes `used`, which is more than its limit: the new limit, or the old one where there is no more. Must be quick;
  // called on the thread of Wait.
  std::function<int64_t(int64_t used)> more = nullptr;
};

// One running job.
class Worker {
 public:
  virtual ~Worker() = default;

  // Blocks until the worker has ended; nothing of it is left then. Once. `on_progress` is called on this thread.
  // The result may carry an error of its own: the job has failed. CANCELLED: it was stopped before it had a result.
  // INTERNAL with WORKER_CRASHED: it ended without a result. RESOURCE_EXHAUSTED with NOT_ENOUGH_MEMORY: it wanted more
  // than it may take.
  virtual absl::StatusOr<v1::WorkerResult> Wait(absl::FunctionRef<void(const v1::Progress&)> on_progress) = 0;

  // What it used, with the processes it waited for. After Wait.
  virtual absl::Duration cpu_time() const = 0;
  virtual WorkerMemory memory() const = 0;

  // Ends the worker soon, gently and then by force. Thread-safe, returns at once, idempotent.
  virtual void Stop() = 0;
};

// Thread-safe.
class WorkerLauncher {
 public:
  virtual ~WorkerLauncher() = default;
  // Starts a worker for `job`. INTERNAL with WORKER_CRASHED where that fails.
  virtual absl::StatusOr<std::unique_ptr<Worker>> Launch(const v1::TrainingJob& job, MemoryAllowance memory) = 0;
};

}  // namespace clientele::training
