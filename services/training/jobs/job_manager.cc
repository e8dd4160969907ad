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
  CLIENTELE_RETURN_IF_ERROR(manager->Recover());
  for (int i = 0; i < manager->options_.max_running; ++i) {
    manager->threads_.emplace_back([self = manager.get()] { self->RunJobs(); });
  }
  return manager;
}

JobManager::JobManager(storage::JobStore& store, WorkerLauncher& launcher, const Clock& clock,
                       JobManagerOptions options)
    : store_(store), launcher_(launcher), clock_(clock), options_(std::move(options)) {}

JobManager::~JobManager() { Stop(); }

absl::Status JobManager::Recover() {
  absl::MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<Entry>> found;
  CLIENTELE_RETURN_IF_ERROR(
      store_.ListOpen([&](const TenantId& tenant, absl::string_view job_id, const TrainingJob& job) {
        auto entry = std::make_shared<Entry>(TrainingJobName{tenant, std::string(job_id)});
        entry->job = job;
        found.push_back(std::move(entry));
      }));
  for (const std::shared_ptr<Entry>& entry : found) {
    open_[KeyOf(entry->name)] = entry;
    queue_.push_back(entry);
    if (options_.on_change) options_.on_change(entry->job, TrainingJob::STATE_UNSPECIFIED);
    if (entry->job.state() != TrainingJob::STATE_RUNNING) continue;
    CLIENTELE_RETURN_IF_ERROR(Change(*entry, JobEvent::kRequeue));
  }
  return absl::OkStatus();
}

absl::StatusOr<TrainingJob> JobManager::Create(const TenantId& tenant, NewJob request) {
  const std::string digest = RequestDigest(request);
  absl::MutexLock lock(&mutex_);
  if (stopped_) return ShuttingDown();
  CLIENTELE_ASSIGN_OR_RETURN(const std::string earlier, FindByRequest(tenant, request, digest));
  if (!earlier.empty()) return GetLocked({tenant, earlier});
  if (static_cast<int>(queue_.size()) >= options_.max_queued) {
    return Error(absl::StatusCode::kResourceExhausted, ErrorReason::kTooManyJobs,
                 absl::StrCat("there are ", queue_.size(), " training jobs waiting; try again later"));
  }
  if (options_.admit) {
    const auto waiting = std::count_if(queue_.begin(), queue_.end(), [&](const std::shared_ptr<Entry>& entry) {
      return entry->name.tenant == tenant;
    });
    CLIENTELE_RETURN_IF_ERROR(options_.admit(tenant, waiting));
  }

  const std::string job_id = request.job_id.empty() ? ChooseId(tenant, request.job) : request.job_id;
  auto entry = std::make_shared<Entry>(TrainingJobName{tenant, job_id});
  TrainingJob& job = entry->job;
  *job.mutable_spec() = std::move(*request.job.mutable_spec());
  job.set_threads(request.job.threads());
  job.set_name(FormatTrainingJob(tenant, job_id));
  job.set_state(TrainingJob::STATE_QUEUED);
  FixTimes(clock_.Now(), job);
  CLIENTELE_RETURN_IF_ERROR(store_.Create(tenant, job_id, job, request.request_id, digest));

  open_[KeyOf(entry->name)] = entry;
  queue_.push_back(entry);
  work_.Signal();
  Log(LogLevel::kInfo, "training job created", {{"job", job.name()}, {"model", job.spec().model()}});
  if (options_.on_change) options_.on_change(job, TrainingJob::STATE_UNSPECIFIED);
  return job;
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
  absl::MutexLock lock(&mutex_);
  const std::shared_ptr<Entry> entry = FindEntry(name);
  if (entry == nullptr) {
    CLIENTELE_ASSIGN_OR_RETURN(const TrainingJob job, store_.Get(name.tenant, name.job));
    CLIENTELE_RETURN_IF_ERROR(NextState(job.state(), JobEvent::kCancel).status());
    return job;
  }
  CLIENTELE_RETURN_IF_ERROR(NextState(entry->job.state(), JobEvent::kCancel).status());
  const auto queued = std::find(queue_.begin(), queue_.end(), entry);
  if (queued != queue_.end()) {
    queue_.erase(queued);
    CLIENTELE_RETURN_IF_ERROR(Change(*entry, JobEvent::kCancel));
    return entry->job;
  }
  entry->cancelled = true;
  if (entry->worker != nullptr) entry->worker->Stop();
  while (!HasEnded(entry->job.state())) {
    if (!AwaitChange(*entry, entry->revision, stop, StopToken()).ok()) break;
  }
  return entry->job;
}

absl::StatusOr<JobView> JobManager::Await(const TrainingJobName& name, int64_t seen, const StopToken& stop,
                                          const StopToken& drain) {
  absl::MutexLock lock(&mutex_);
  const std::shared_ptr<Entry> entry = FindEntry(name);
  if (entry == nullptr) {
    CLIENTELE_ASSIGN_OR_RETURN(TrainingJob job, store_.Get(name.tenant, name.job));
    return JobView{std::move(job), seen + 1};
  }
  CLIENTELE_RETURN_IF_ERROR(AwaitChange(*entry, seen, stop, drain));
  return JobView{entry->job, entry->revision};
}

absl::Status JobManager::AwaitChange(Entry& entry, int64_t seen, const StopToken& stop, const StopToken& drain) {
  while (entry.revision == seen && !HasEnded(entry.job.state())) {
    if (stopped_ || !drain.Check().ok()) return ShuttingDown();
    CLIENTELE_RETURN_IF_ERROR(stop.Check());
    entry.changed.WaitWithTimeout(&mutex_, kCancellationCheck);
  }
  return absl::OkStatus();
}

void JobManager::Stop() {
  absl::MutexLock one(&stopping_);
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    work_.SignalAll();
    for (const auto& [key, entry] : open_) {
      if (entry->worker != nullptr) entry->worker->Stop();
      entry->changed.SignalAll();
    }
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace clientele::training
