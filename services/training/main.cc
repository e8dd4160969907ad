// clientele-training: takes training jobs, runs each in a worker process, and publishes the models that come out.
#include <iostream>
#include <string>

#include "absl/functional/bind_front.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/status_macros.h"
#include "common/observability/log.h"
#include "common/observability/metrics.h"
#include "common/rpc/backup_service.h"
#include "common/quota/meter.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/storage/rocksdb/database_set.h"
#include "common/storage/rocksdb/job_store.h"
#include "services/training/dataset_client.h"
#include "services/training/jobs/job_manager.h"
#include "services/training/jobs/job_metrics.h"
#include "services/training/jobs/process_launcher.h"
#include "services/training/peer_options.h"
#include "services/training/service_settings.h"
#include "services/training/training_service.h"

namespace clientele::training {
namespace {

absl::Status Run(int argc, char** argv) {
  ServiceSettings settings;
  CLIENTELE_ASSIGN_OR_RETURN(const config::Outcome outcome, ReadSettings(argc, argv, settings));
  if (outcome == config::Outcome::kExit) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(observability::InitLogging(settings.log));

  const SystemClock clock;
  observability::Metrics metrics;
  JobMetrics job_metrics(metrics);
  storage::DatabaseSet databases;
  CLIENTELE_ASSIGN_OR_RETURN(const auto store,
                             storage::OpenRocksJobStore(settings.data_directory, {.set = &databases}));
  CLIENTELE_ASSIGN_OR_RETURN(const auto channel, rpc::MakeChannel(settings.ingestion));
  DatasetClient data(channel, settings.readiness_timeout);
  ProcessLauncher launcher(
      {.program = settings.worker_program,
       .arguments = {"--log-format", settings.log.format, "--log-level", settings.log.level},
       .ingestion = ToPeer(settings.ingestion),
       .inference = ToPeer(settings.inference),
       .default_threads = static_cast<int>(settings.threads)});
  CLIENTELE_ASSIGN_OR_RETURN(const auto quotas, quota::Meter::Open(settings.server.quota_file, clock, metrics));
  const auto share_of = [&](const TenantId& tenant) {
    const quota::Limits limits = quotas->LimitsOf(tenant.value());
    return TenantShare{.weight = limits.weight, .max_running = limits.concurrent_jobs};
  };
  CLIENTELE_ASSIGN_OR_RETURN(
      const auto jobs,
      JobManager::Start(*store, launcher, clock,
                        {.max_running = static_cast<int>(settings.max_running),
                         .max_queued = static_cast<int>(settings.max_queued),
                         .share_of = share_of,
                         .on_change = [&](const auto& job, auto before) { job_metrics.OnChange(job, before); }}));
  Executor calls(/*max_threads=*/32, /*max_queued=*/1024);
  Executor watchers(static_cast<int>(settings.max_watchers), /*max_queued=*/16);
  Executor readiness(static_cast<int>(settings.max_readiness), /*max_queued=*/8);
  TrainingService service(*jobs, data, clock, {calls, watchers, readiness});
  rpc::BackupService backups(settings.backup,
                             {.program = settings.server.program,
                              .data_directory = settings.data_directory,
                              .copy_databases = absl::bind_front(&storage::DatabaseSet::Copy, &databases)},
                             clock);
  CLIENTELE_ASSIGN_OR_RETURN(const auto server, rpc::Server::Start(settings.server, {&service, &backups}, metrics));
  return server->ServeUntilSignal();
}

}  // namespace
}  // namespace clientele::training

int main(int argc, char** argv) {
  const absl::Status status = clientele::training::Run(argc, argv);
  if (status.ok()) return 0;
  std::cerr << "clientele-training: " << status.message() << "\n";
  return 1;
}
