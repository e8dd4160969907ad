// What can be set about clientele-training: keys, flags, their defaults and their limits.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/audit/retention.h"
#include "common/config/settings.h"
#include "common/observability/log.h"
#include "common/rpc/backup_service.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/storage/options.h"
#include "services/training/jobs/memory_estimate.h"
#include "services/training/jobs/process_launcher.h"
#include "services/training/schedules/scheduler.h"

namespace clientele::training {

struct ServiceSettings {
  rpc::ServerOptions server;
  rpc::ChannelOptions ingestion;
  rpc::ChannelOptions inference;
  observability::LogOptions log;
  audit::RetentionOptions audit;
  rpc::BackupOptions backup;
  storage::StorageOptions storage;
  std::string data_directory = ".clientele/training";
  std::string worker_program;      // Default: clientele-trainer beside this program.
  std::string worker_mpi_program;  // For more than one rank. Default: clientele-trainer-mpi beside this program.
  int64_t ranks = 1;
  std::string hosts_file;
  std::string mpirun = "mpirun";
  absl::Duration rank_timeout = absl::Minutes(5);
  std::string memory_text;  // As it was set; empty: a share of the machine.
  int64_t memory = 0;       // Bytes of all jobs that run, after reading; 0: no budget.
  std::string memory_per_tenant_text;  // As it was set: bytes, or percent of `memory`.
  int64_t memory_per_tenant = 0;       // Bytes of one tenant's jobs that run, after reading; 0: no bound of their own.
  int64_t max_running = 1;
  int64_t max_queued = 100;
  int64_t threads = 0;  // Of a job that names none. After reading: at least 1.
  int64_t max_watchers = 256;
  int64_t max_readiness = 1;
  absl::Duration readiness_timeout = absl::Minutes(5);
  AskIntervals ask;
};

// Fills `settings` from the command line and the file it names. INVALID_ARGUMENT names the setting that is wrong.
absl::StatusOr<config::Outcome> ReadSettings(int argc, const char* const* argv, ServiceSettings& settings);

// How the ranks of a job lie. `settings` have been read.
RankLayout RanksOf(const ServiceSettings& settings);

// How workers are started. `settings` have been read.
ProcessLauncherOptions LauncherOptionsOf(const ServiceSettings& settings);

}  // namespace clientele::training
