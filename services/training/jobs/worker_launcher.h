// The seam between jobs and what runs them: a process today, something else tomorrow, a fake in tests.
#pragma once

#include <functional>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clientele/training/v1/training_service.pb.h"
#include "clientele/training/v1/worker.pb.h"

namespace clientele::training {

// One running job.
class Worker {
 public:
  virtual ~Worker() = default;

  // Blocks until the worker has ended; nothing of it is left then. Once. `on_progress` is called on this thread.
  // The result may carry an error of its own: the job has failed. CANCELLED: it was stopped before it had a result.
  // INTERNAL with WORKER_CRASHED: it ended without a result.
  virtual absl::StatusOr<v1::WorkerResult> Wait(absl::FunctionRef<void(const v1::Progress&)> on_progress) = 0;

  // What it used, with the processes it waited for. After Wait.
  virtual absl::Duration cpu_time() const = 0;

  // Ends the worker soon, gently and then by force. Thread-safe, returns at once, idempotent.
  virtual void Stop() = 0;
};

// Thread-safe.
class WorkerLauncher {
 public:
  virtual ~WorkerLauncher() = default;
  // Starts a worker for `job`. INTERNAL with WORKER_CRASHED where that fails.
  virtual absl::StatusOr<std::unique_ptr<Worker>> Launch(const v1::TrainingJob& job) = 0;
};

}  // namespace clientele::training
