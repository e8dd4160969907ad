// Runs each job in a process of its own, so that nothing a job does, running out of memory included, harms the service.
//
// The job goes to the worker's standard input, events come back on its standard output (worker_wire.h), its log lines go
// to the service's standard error. The worker is the leader of a new process group and dies with the service.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/training/jobs/worker_launcher.h"

namespace clientele::training {

struct ProcessLauncherOptions {
  std::string program;                 // Its path.
  std::vector<std::string> arguments;  // Beside the program's name.
  v1::Peer ingestion;
  v1::Peer inference;
  int default_threads = 1;             // For jobs that name none.
  absl::Duration grace = absl::Seconds(2);  // From SIGTERM to SIGKILL.
};

// Thread-safe. Call Launch from a thread that outlives the worker: the worker is killed when that thread ends.
class ProcessLauncher final : public WorkerLauncher {
 public:
  explicit ProcessLauncher(ProcessLauncherOptions options) : options_(std::move(options)) {}
  absl::StatusOr<std::unique_ptr<Worker>> Launch(const v1::TrainingJob& job) override;

 private:
  const ProcessLauncherOptions options_;
};

// The path of `program` in the folder of the running program.
std::string BesideThisProgram(absl::string_view program);

}  // namespace clientele::training
