// clientele-training: takes training jobs, runs each in a worker process, and publishes the models that come out.
#include <iostream>
#include <string>

#include "absl/functional/bind_front.h"
#include "common/audit/audit_log.h"
#include "common/audit/retention.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/status_macros.h"
#include "common/observability/log.h"
#include "common/observability/metrics.h"
#include "common/quota/meter.h"
#include "common/rpc/backup_service.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/storage/memory_metrics.h"
#include "common/storage/open.h"
#include "common/storage/rocksdb/audit_store.h"
#include "common/storage/rocksdb/database_set.h"
#include "services/training/customer_count_client.h"
#include "services/training/dataset_client.h"
#include "services/training/due_version_client.h"
#include "services/training/jobs/job_manager.h"
#include "services/training/jobs/job_metrics.h"
#include "services/training/jobs/job_quota.h"
#include "services/training/jobs/memory_estimator.h"
#include "services/training/jobs/process_launcher.h"
#include "services/training/leading.h"
#include "services/training/measure_client.h"
#include "services/training/schedule_service.h"
#include "services/training/schedules/schedule_book.h"
#include "services/training/schedules/scheduler.h"
#include "services/training/service_settings.h"
#include "services/training/training_service.h"

namespace clientele::training {
namespace {

constexpr absl::Duration kCountTimeout = absl::Seconds(2);  // A tenant's jobs wait for it.
// Until a leader notices that it leads no more, beside the time that its workers take to stop.
constexpr absl::Duration kNotice = absl::Seconds(5);

LedWork WorkOf(JobManager& jobs, ScheduleBook& book, Scheduler& scheduler) {
  return {.begin = [&]() -> absl::Status {
            CLIENTELE_RETURN_IF_ERROR(book.Refresh());
            CLIENTELE_RETURN_IF_ERROR(jobs.Lead());
            scheduler.Start();
            return absl::OkStatus();
          },
          .lose =
              [&] {
                jobs.Follow();  // First what publishes. What a schedule decides twice is the same.
                scheduler.Stop();
              },
          .end =
              [&] {
                scheduler.Stop();
                jobs.Stop();
              },
          .look =
              [&] {  // Where the store is away, the next look finds it.
                (void)jobs.Refresh();
                (void)book.Refresh();
              }};
}

absl::Status Run(int argc, char** argv) {
  ServiceSettings settings;
  CLIENTELE_ASSIGN_OR_RETURN(const config::Outcome outcome, ReadSettings(argc, argv, settings));
  if (outcome == config::Outcome::kExit) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(observability::InitLogging(settings.log));

  const SystemClock clock;
  observability::Metrics metrics;
  JobMetrics job_metrics(metrics);
  storage::DatabaseSet databases;
  storage::AddMemoryMetrics(databases, metrics);
  CLIENTELE_ASSIGN_OR_RETURN(const auto places,
                             storage::Places::Open(settings.storage, settings.data_directory, databases));
  CLIENTELE_ASSIGN_OR_RETURN(const auto store, places->OpenJobs());
  CLIENTELE_ASSIGN_OR_RETURN(const auto channel, rpc::MakeChannel(settings.ingestion));
  DatasetClient data(channel, settings.readiness_timeout);
  const ProcessLauncherOptions workers = LauncherOptionsOf(settings);
  ProcessLauncher launcher(workers);
  CLIENTELE_ASSIGN_OR_RETURN(const auto meter, quota::Meter::Open(settings.server.quota, clock, metrics));
  settings.server.meter = meter.get();
  JobQuota quotas(*meter, clock);
  CustomerCountClient customers(channel, kCountTimeout);
  MemoryEstimator memory(absl::bind_front(&CustomerCountClient::Count, &customers), RanksOf(settings), settings.memory,
                         clock, metrics);
  CLIENTELE_ASSIGN_OR_RETURN(
      const auto jobs,
      JobManager::Start(*store, launcher, clock,
                        {.leads = false,
                         .max_running = static_cast<int>(settings.max_running),
                         .max_queued = static_cast<int>(settings.max_queued),
                         .share_of = absl::bind_front(&JobQuota::ShareOf, &quotas),
                         .admit = absl::bind_front(&JobQuota::Admit, &quotas),
                         .on_worker_end = absl::bind_front(&JobQuota::Charge, &quotas),
                         .memory_budget = settings.memory,
                         .memory_per_tenant = settings.memory_per_tenant,
                         .memory = &memory,
                         .on_change = [&](const auto& job, auto before) { job_metrics.OnChange(job, before); }}));
  CLIENTELE_ASSIGN_OR_RETURN(const auto schedule_store, places->OpenSchedules());
  CLIENTELE_ASSIGN_OR_RETURN(const auto book, ScheduleBook::Open(*schedule_store, clock));
  CLIENTELE_ASSIGN_OR_RETURN(const auto inference, rpc::MakeChannel(settings.inference));
  DueVersionClient due_versions(inference, settings.readiness_timeout);
  MeasureClient measures(inference);
  Scheduler scheduler(*book, *jobs, due_versions, measures, settings.ask, clock, metrics);
  const auto leadership = places->MakeLeadership("training", workers.grace + kNotice);
  Leading leading(*leadership, WorkOf(*jobs, *book, scheduler), metrics);
  Executor calls(/*max_threads=*/32, /*max_queued=*/1024);
  Executor watchers(static_cast<int>(settings.max_watchers), /*max_queued=*/16);
  Executor readiness(static_cast<int>(settings.max_readiness), /*max_queued=*/8);
  TrainingService service(*jobs, data, clock, {calls, watchers, readiness});
  ScheduleService schedules(*book, calls);
  CLIENTELE_ASSIGN_OR_RETURN(const auto audit_store,
                             storage::OpenRocksAuditStore(settings.data_directory + "/audit", {.set = &databases}));
  CLIENTELE_ASSIGN_OR_RETURN(const auto audit_log,
                             audit::AuditLog::Open(*audit_store, settings.server.program, clock, metrics));
  settings.server.audit_log = audit_log.get();
  CLIENTELE_ASSIGN_OR_RETURN(const auto audit_retention,
                             audit::Retention::Start(*audit_store, *audit_log, settings.audit, clock));
  rpc::BackupService backups(settings.backup,
                             {.program = settings.server.program,
                              .data_directory = settings.data_directory,
                              .fixed_paths = {audit::kSigningKeyFile},
                              .copy_databases = absl::bind_front(&storage::DatabaseSet::Copy, &databases)},
                             clock);
  CLIENTELE_ASSIGN_OR_RETURN(const auto server,
                             rpc::Server::Start(settings.server, {&service, &schedules, &backups}, metrics));
  leading.Start();
  const absl::Status served = server->ServeUntilSignal();
  leading.Stop();
  return served;
}

}  // namespace
}  // namespace clientele::training

int main(int argc, char** argv) {
  const absl::Status status = clientele::training::Run(argc, argv);
  if (status.ok()) return 0;
  std::cerr << "clientele-training: " << status.message() << "\n";
  return 1;
}
