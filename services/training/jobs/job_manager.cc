#include "services/training/jobs/job_manager.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/observability/log.h"
#include "services/training/jobs/job_times.h"

namespace clientele::training {
namespace {

using observability::Log;
using observability::LogLevel;
using v1::TrainingJob;

// How late a waiter may notice that its call was cancelled: changes of the job itself wake it at once.
constexpr absl::Duration kCancellationCheck = absl::Milliseconds(250);

absl::Status ShuttingDown() {
  return Error(absl::StatusCode::kUnavailable, ErrorReason::kShuttingDown, "the server is shutting down");
}

std::string RequestDigest(const NewJob& request) {
  return Sha256Hex(absl::StrCat(request.job_id, "\n", request.job.threads(), "\n",
                                request.job.spec().SerializeAsString()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<JobManager>> JobManager::Start(storage::JobStore& store, WorkerLauncher& launcher,
                                                              const Clock& clock, JobManagerOptions options) {
  std::unique_ptr<JobManager> manager(new JobManager(store, launcher, clock, std::move(options)));
  if (manager->options_.leads) CLIENTELE_RETURN_IF_ERROR(manager->Lead());
  return manager;
}

JobManager::JobManager(storage::JobStore& store, WorkerLauncher& launcher, const Clock& clock,
                       JobManagerOptions options)
    : store_(store), launcher_(launcher), clock_(clock), options_(std::move(options)) {}

JobManager::~JobManager() { Stop(); }

absl::StatusOr<TrainingJob> JobManager::Create(const TenantId& tenant, NewJob request) {
  const std::string digest = RequestDigest(request);
  absl::MutexLock lock(&mutex_);
  if (stopped_) return ShuttingDown();
  CLIENTELE_ASSIGN_OR_RETURN(const std::string earlier, FindByRequest(tenant, request, digest));
  if (!earlier.empty()) return GetLocked({tenant, earlier});
  CLIENTELE_ASSIGN_OR_RETURN(const Waiting waiting, CountWaiting(tenant));
  if (waiting.all >= options_.max_queued) {
    return Error(absl::StatusCode::kResourceExhausted, ErrorReason::kTooManyJobs,
                 absl::StrCat("there are ", waiting.all, " training jobs waiting; try again later"));
  }
  if (options_.admit) CLIENTELE_RETURN_IF_ERROR(options_.admit(tenant, waiting.tenants));

  const std::string job_id = request.job_id.empty() ? ChooseId(tenant, request.job) : request.job_id;
  auto entry = std::make_shared<Entry>(TrainingJobName{tenant, job_id});
  TrainingJob& job = entry->job;
  *job.mutable_spec() = std::move(*request.job.mutable_spec());
  job.set_threads(request.job.threads());
  job.set_name(FormatTrainingJob(tenant, job_id));
  job.set_state(TrainingJob::STATE_QUEUED);
  FixTimes(clock_.Now(), job);
  const absl::Status stored = store_.Create(tenant, job_id, job, request.request_id, digest);
  if (absl::IsAlreadyExists(stored)) {  // The same request may just have come to another replica.
    CLIENTELE_ASSIGN_OR_RETURN(const std::string meanwhile, FindByRequest(tenant, request, digest));
    if (!meanwhile.empty()) return GetLocked({tenant, meanwhile});
  }
  CLIENTELE_RETURN_IF_ERROR(stored);

  Log(LogLevel::kInfo, "training job created", {{"job", job.name()}, {"model", job.spec().model()}});
  TrainingJob created = job;
  if (leads_) Open(entry);  // Else the leader finds it.
  return created;
}

absl::StatusOr<std::string> JobManager::FindByRequest(const TenantId& tenant, const NewJob& request,
                                                      absl::string_view digest) {
  if (request.request_id.empty()) return std::string();
  CLIENTELE_ASSIGN_OR_RETURN(const std::optional<storage::JobRequest> earlier,
                             store_.FindRequest(tenant, request.request_id));
  if (!earlier.has_value()) return std::string();
  if (earlier->digest == digest) return earlier->job_id;
  return Error(absl::StatusCode::kAlreadyExists, ErrorReason::kRequestIdReused,
               absl::StrCat("the request id \"", request.request_id, "\" came with another request, which made ",
                            FormatTrainingJob(tenant, earlier->job_id)));
}

// The model, the second and four hex digits: "churn-20261122-230501-3f9a".
std::string JobManager::ChooseId(const TenantId& tenant, const TrainingJob& job) {
  std::random_device random;
  const std::string stem = absl::StrCat(
      absl::string_view(job.spec().model()).substr(0, 40), "-",
      absl::FormatTime("%Y%m%d-%H%M%S", clock_.Now(), absl::UTCTimeZone()));
  while (true) {
    std::string id = absl::StrCat(stem, "-", absl::StrFormat("%04x", random() & 0xffff));
    if (!store_.Get(tenant, id).ok()) return id;
  }
}

absl::StatusOr<TrainingJob> JobManager::Get(const TrainingJobName& name) {
  absl::MutexLock lock(&mutex_);
  return GetLocked(name);
}

absl::StatusOr<TrainingJob> JobManager::GetLocked(const TrainingJobName& name) {
  if (const std::shared_ptr<Entry> entry = FindEntry(name)) return entry->job;
  return store_.Get(name.tenant, name.job);
}

std::shared_ptr<JobManager::Entry> JobManager::FindEntry(const TrainingJobName& name) {
  if (!leads_) return nullptr;  // Others know more.
  const auto it = open_.find(KeyOf(name));
  return it == open_.end() ? nullptr : it->second;
}

absl::StatusOr<JobPage> JobManager::List(const TenantId& tenant, absl::string_view position, int limit) {
  JobPage page;
  std::string last;
  const auto visit = [&](const TrainingJob& job, absl::string_view job_position) {
    if (static_cast<int>(page.jobs.size()) == limit) {
      page.next_position = last;
      return false;
    }
    page.jobs.push_back(job);
    last = std::string(job_position);
    return true;
  };
  CLIENTELE_RETURN_IF_ERROR(store_.List(tenant, position, visit));
  absl::MutexLock lock(&mutex_);
  for (TrainingJob& job : page.jobs) {
    const absl::StatusOr<TrainingJobName> name = ParseTrainingJobName("name", job.name());
    if (!name.ok()) continue;
    if (const std::shared_ptr<Entry> entry = FindEntry(*name)) job = entry->job;  // With its progress.
  }
  return page;
}

absl::StatusOr<TrainingJob> JobManager::Cancel(const TrainingJobName& name, const StopToken& stop) {
  {
    absl::MutexLock lock(&mutex_);
    if (const std::shared_ptr<Entry> entry = FindEntry(name)) {
      CLIENTELE_RETURN_IF_ERROR(BeginCancel(entry));
      while (!HasEnded(entry->job.state())) {
        if (!AwaitChange(*entry, entry->revision, stop, StopToken()).ok()) break;
      }
      return entry->job;
    }
  }
  return CancelElsewhere(name, stop);
}

absl::Status JobManager::BeginCancel(const std::shared_ptr<Entry>& entry) {
  CLIENTELE_RETURN_IF_ERROR(NextState(entry->job.state(), JobEvent::kCancel).status());
  const auto queued = std::find(queue_.begin(), queue_.end(), entry);
  if (queued != queue_.end()) {
    queue_.erase(queued);
    return Change(*entry, JobEvent::kCancel);
  }
  entry->cancelled = true;
  if (entry->worker != nullptr) entry->worker->Stop();
  return absl::OkStatus();
}

absl::StatusOr<JobView> JobManager::Await(const TrainingJobName& name, int64_t seen, const StopToken& stop,
                                          const StopToken& drain) {
  {
    absl::MutexLock lock(&mutex_);
    if (const std::shared_ptr<Entry> entry = FindEntry(name)) {
      const absl::Status waited = AwaitChange(*entry, seen, stop, drain);
      if (waited.ok()) return JobView{entry->job, entry->revision};
      if (leads_ || stopped_ || !stop.Check().ok() || !drain.Check().ok()) return waited;
    }
  }
  return AwaitElsewhere(name, seen, stop, drain);
}

absl::Status JobManager::AwaitChange(Entry& entry, int64_t seen, const StopToken& stop, const StopToken& drain) {
  while (entry.revision == seen && !HasEnded(entry.job.state())) {
    if (!leads_ || stopped_ || !drain.Check().ok()) return ShuttingDown();
    CLIENTELE_RETURN_IF_ERROR(stop.Check());
    entry.changed.WaitWithTimeout(&mutex_, kCancellationCheck);
  }
  return absl::OkStatus();
}

void JobManager::Stop() { Halt(/*leads=*/true, /*stopped=*/true); }

}  // namespace clientele::training
