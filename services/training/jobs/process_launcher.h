// Runs each job in a process of its own, so that nothing a job does, running out of memory included, harms the service.
//
// The job goes to the worker's standard input, events come back on its standard output (worker_wire.h), its log lines
// go to the service's standard error. The worker is the leader of a new process group and dies with the service.
//
// What a worker and its ranks on this machine hold in memory is looked at twenty times a second. Ranks on other
// machines are not seen: what they may hold is their pods' limits.
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
  // From its result to SIGKILL: mpirun waits for hosts that are cut off for as long as TCP does.
  absl::Duration farewell = absl::Seconds(20);
  // A program that starts several ranks on this machine: they share the job's threads.
  int ranks_here = 1;
  // How long ranks wait for one another while they learn.
  absl::Duration rank_timeout = absl::Minutes(5);
  // Where each worker has a folder of its own as TMPDIR; empty: it has none.
  std::string scratch_root;
  // Where learners keep what they have worked out; empty: nowhere. A job that was cut short goes on from there.
  std::string checkpoint_root;
};

// Thread-safe. Call Launch from a thread that outlives the worker: the worker is killed when that thread ends.
class ProcessLauncher final : public WorkerLauncher {
 public:
  explicit ProcessLauncher(ProcessLauncherOptions options) : options_(std::move(options)) {}
  absl::StatusOr<std::unique_ptr<Worker>> Launch(const v1::TrainingJob& job, MemoryAllowance memory) override;

 private:
  v1::WorkerJob WorkerJobOf(const v1::TrainingJob& job) const;

  const ProcessLauncherOptions options_;
};

// The path of `program` in the folder of the running program.
std::string BesideThisProgram(absl::string_view program);

}  // namespace clientele::training
