#include "services/training/service_settings.h"

#include <algorithm>
#include <thread>

#include "common/base/status_macros.h"
#include "common/config/limits.h"
#include "common/rpc/options.h"
#include "services/training/jobs/process_launcher.h"

namespace clientele::training {
namespace {

constexpr char kProgram[] = "clientele-training";

}  // namespace

absl::StatusOr<config::Outcome> ReadSettings(int argc, const char* const* argv, ServiceSettings& settings) {
  settings.server.program = kProgram;
  settings.server.address = "127.0.0.1:7402";
  settings.server.metrics_address = "127.0.0.1:7412";
  settings.ingestion.address = "127.0.0.1:7401";
  settings.inference.address = "127.0.0.1:7403";
  settings.log.program = kProgram;
  settings.worker_program = BesideThisProgram("clientele-trainer");

  config::Settings all(kProgram, "Trains models of customers and publishes those that are good enough.");
  all.Add("data.directory", &settings.data_directory, "Where jobs are kept.");
  all.Add("jobs.max_running", &settings.max_running, "How many jobs run at once, each in a process of its own.");
  all.Add("jobs.max_queued", &settings.max_queued, "How many jobs may wait; more are refused.");
  all.Add("jobs.threads", &settings.threads,
          "Threads of a job that names none; 0: the cores, divided by jobs.max_running.");
  all.Add("jobs.max_watchers", &settings.max_watchers, "How many callers may watch jobs at once.");
  all.Add("readiness.max_running", &settings.max_readiness,
          "How many readiness checks run at once, each with its data in memory.");
  all.Add("readiness.timeout", &settings.readiness_timeout, "How long a readiness check may read.");
  all.Add("worker.program", &settings.worker_program, "The program that runs one job.");
  rpc::AddBackupOptions(all, settings.backup);
  rpc::AddServerOptions(all, settings.server);
  rpc::AddChannelOptions(all, "ingestion", settings.ingestion);
  rpc::AddChannelOptions(all, "inference", settings.inference);
  rpc::AddLogOptions(all, settings.log);
  CLIENTELE_ASSIGN_OR_RETURN(const config::Outcome outcome, all.Parse(argc, argv));

  CLIENTELE_RETURN_IF_ERROR(config::CheckCounts({{"jobs.max_running", settings.max_running},
                                                 {"jobs.max_queued", settings.max_queued},
                                                 {"jobs.max_watchers", settings.max_watchers},
                                                 {"readiness.max_running", settings.max_readiness}}));
  if (settings.threads == 0) {
    settings.threads = std::max<int64_t>(1, std::thread::hardware_concurrency() / settings.max_running);
  }
  CLIENTELE_RETURN_IF_ERROR(config::CheckCounts({{"jobs.threads", settings.threads}}));
  return outcome;
}

}  // namespace clientele::training
