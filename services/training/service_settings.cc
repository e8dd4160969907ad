#include "services/training/service_settings.h"

#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/config/byte_size.h"
#include "common/config/limits.h"
#include "common/rpc/options.h"
#include "services/training/jobs/machine_memory.h"
#include "services/training/jobs/process_launcher.h"
#include "services/training/jobs/scratch_directory.h"
#include "services/training/jobs/tenant_memory.h"
#include "services/training/peer_options.h"

namespace clientele::training {
namespace {

constexpr char kProgram[] = "clientele-training";
constexpr absl::Duration kGraceOfRanks =
    absl::Seconds(5);  // mpirun stops its ranks gently, then by force, then itself.

}  // namespace

absl::StatusOr<config::Outcome> ReadSettings(int argc, const char* const* argv, ServiceSettings& settings) {
  settings.server.program = kProgram;
  settings.server.address = "127.0.0.1:7402";
  settings.server.metrics_address = "127.0.0.1:7412";
  settings.ingestion.address = "127.0.0.1:7401";
  settings.inference.address = "127.0.0.1:7403";
  settings.log.program = kProgram;
  settings.worker_program = BesideThisProgram("clientele-trainer");
  settings.worker_mpi_program = BesideThisProgram("clientele-trainer-mpi");

  config::Settings all(kProgram, "Trains models of customers and publishes those that are good enough.");
  all.Add("data.directory", &settings.data_directory, "Where jobs are kept.");
  storage::AddStorageOptions(all, settings.storage);
  all.Add("jobs.max_running", &settings.max_running, "How many jobs run at once, each in a process of its own.");
  all.Add("jobs.max_queued", &settings.max_queued, "How many jobs may wait; more are refused.");
  all.Add("jobs.threads", &settings.threads,
          "Threads of a job that names none; 0: the cores, divided by jobs.max_running.");
  all.Add("jobs.max_watchers", &settings.max_watchers, "How many callers may watch jobs at once.");
  all.Add("readiness.max_running", &settings.max_readiness,
          "How many readiness checks run at once, each with its data in memory.");
  all.Add("readiness.timeout", &settings.readiness_timeout, "How long a readiness check may read.");
  all.Add("schedules.ask_interval", &settings.ask.due_and_drift,
          "How often inference is asked which versions are due or have drifted.");
  all.Add("schedules.outcomes_interval", &settings.ask.outcomes,
          "How often inference is asked what outcomes are known.");
  all.Add("worker.program", &settings.worker_program, "The program that runs one job.");
  all.Add("worker.mpi_program", &settings.worker_mpi_program, "The program that runs one job on several ranks.");
  all.Add("worker.ranks", &settings.ranks, "How many ranks share a job, through Open MPI; 1: none of it.");
  all.Add("worker.hosts_file", &settings.hosts_file,
          "Open MPI's host file: one rank a host, this machine's first. Empty: all ranks on this machine.");
  all.Add("worker.mpirun", &settings.mpirun, "Open MPI's mpirun.");
  all.Add("worker.rank_timeout", &settings.rank_timeout,
          "How long ranks that learn wait for one another before one of them counts as lost.");
  all.Add("worker.memory", &settings.memory_text,
          "Memory that the workers of all jobs may hold together on this machine, such as 8GiB; 0: as much as they "
          "like. Empty: three quarters of the container's limit, or half of the machine.");
  all.Add("worker.memory_per_tenant", &settings.memory_per_tenant_text,
          "Of it, what the workers of one tenant's jobs may hold together: a size, or a part such as 50%. Empty or 0: "
          "no bound of its own.");
  rpc::AddBackupOptions(all, settings.backup);
  rpc::AddServerOptions(all, settings.server);
  rpc::AddChannelOptions(all, "ingestion", settings.ingestion);
  rpc::AddChannelOptions(all, "inference", settings.inference);
  rpc::AddAuditOptions(all, settings.audit);
  rpc::AddLogOptions(all, settings.log);
  CLIENTELE_ASSIGN_OR_RETURN(const config::Outcome outcome, all.Parse(argc, argv));

  CLIENTELE_RETURN_IF_ERROR(storage::CheckStorageOptions(settings.storage));
  CLIENTELE_RETURN_IF_ERROR(config::CheckCounts({{"jobs.max_running", settings.max_running},
                                                 {"jobs.max_queued", settings.max_queued},
                                                 {"worker.ranks", settings.ranks},
                                                 {"jobs.max_watchers", settings.max_watchers},
                                                 {"readiness.max_running", settings.max_readiness}}));
  if (std::min(settings.ask.due_and_drift, settings.ask.outcomes) < absl::Seconds(1)) {
    return absl::InvalidArgumentError("schedules.ask_interval and schedules.outcomes_interval are not 1s at least");
  }
  if (settings.memory_text.empty()) {
    settings.memory = DefaultJobMemory(MemoryHere());
  } else {
    CLIENTELE_ASSIGN_OR_RETURN(settings.memory, config::ParseByteSize("worker.memory", settings.memory_text));
  }
  CLIENTELE_ASSIGN_OR_RETURN(settings.memory_per_tenant,
                             ParseTenantMemory(settings.memory_per_tenant_text, settings.memory));
  if (settings.server.quota.usage_directory.empty()) {
    settings.server.quota.usage_directory = settings.data_directory + "/usage";
  }
  if (settings.audit.signing_key_file.empty()) {
    settings.audit.signing_key_file = absl::StrCat(settings.data_directory, "/", audit::kSigningKeyFile);
  }
  if (settings.threads == 0) {
    settings.threads = std::max<int64_t>(1, std::thread::hardware_concurrency() / settings.max_running);
  }
  CLIENTELE_RETURN_IF_ERROR(config::CheckCounts({{"jobs.threads", settings.threads}}));
  return outcome;
}

RankLayout RanksOf(const ServiceSettings& settings) {
  const auto ranks = static_cast<int>(settings.ranks);
  return {.ranks = ranks, .ranks_here = settings.hosts_file.empty() ? ranks : 1};
}

ProcessLauncherOptions LauncherOptionsOf(const ServiceSettings& settings) {
  ProcessLauncherOptions options;
  options.program = settings.worker_program;
  options.arguments = {"--log-format", settings.log.format, "--log-level", settings.log.level};
  options.ingestion = ToPeer(settings.ingestion);
  options.inference = ToPeer(settings.inference);
  options.default_threads = static_cast<int>(settings.threads);
  options.checkpoint_root = settings.data_directory + "/checkpoints";
  if (settings.ranks == 1) return options;
  options.program = settings.worker_mpi_program;
  const std::string ranks = std::to_string(settings.ranks);
  options.arguments.insert(options.arguments.end(), {"--ranks", ranks, "--mpirun", settings.mpirun});
  if (!settings.hosts_file.empty())
    options.arguments.insert(options.arguments.end(), {"--hosts-file", settings.hosts_file});
  options.ranks_here = RanksOf(settings).ranks_here;
  options.rank_timeout = settings.rank_timeout;
  options.scratch_root = ScratchRoot();
  options.grace = kGraceOfRanks;
  return options;
}

}  // namespace clientele::training
