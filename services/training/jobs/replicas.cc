// The job manager among its replicas: who leads runs the jobs, the others read and write the store.
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/observability/log.h"
#include "services/training/jobs/job_manager.h"

namespace clientele::training {
namespace {

using v1::TrainingJob;

constexpr int kEstimators = 4;  // Each may wait for seconds, and holds back one tenant's jobs.
constexpr absl::Duration kLook = absl::Milliseconds(250);  // At a job that another replica runs.

// Of a job in the store: two that differ have different ones.
int64_t RevisionOf(const TrainingJob& job) { return static_cast<int64_t>(Hash64(job.SerializeAsString()) >> 1); }

absl::Status ShuttingDown() {
  return Error(absl::StatusCode::kUnavailable, ErrorReason::kShuttingDown, "the server is shutting down");
}

}  // namespace

absl::Status JobManager::Lead() {
  absl::MutexLock one(&switching_);
  {
    absl::MutexLock lock(&mutex_);
    if (stopped_) return ShuttingDown();
    leads_ = true;
    if (const absl::Status recovered = Recover(); !recovered.ok()) {
      leads_ = false;
      Forget();
      return recovered;
    }
  }
  for (int i = 0; i < options_.max_running; ++i) threads_.emplace_back([this] { RunJobs(); });
  for (int i = 0; i < (options_.memory == nullptr ? 0 : kEstimators); ++i) {
    threads_.emplace_back([this] { EstimateJobs(); });
  }
  return absl::OkStatus();
}

void JobManager::Follow() { Halt(/*leads=*/false, /*stopped=*/false); }

void JobManager::Halt(bool leads, bool stopped) {
  absl::MutexLock one(&switching_);
  {
    absl::MutexLock lock(&mutex_);
    leads_ = leads_ && leads;
    stopped_ = stopped_ || stopped;
    work_.SignalAll();
    unknown_.SignalAll();
    elsewhere_.SignalAll();
    for (const auto& [key, entry] : open_) {
      if (entry->worker != nullptr) entry->worker->Stop();
      entry->changed.SignalAll();
    }
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  absl::MutexLock lock(&mutex_);
  if (!leads_) Forget();
}

void JobManager::Forget() {
  for (const auto& [key, entry] : open_) {
    TrainingJob gone = entry->job;
    gone.set_state(TrainingJob::STATE_UNSPECIFIED);
    if (options_.on_change) options_.on_change(gone, entry->job.state());
    entry->changed.SignalAll();
  }
  open_.clear();
  queue_.clear();
  TellReserved();
}

void JobManager::Open(const std::shared_ptr<Entry>& entry) {
  open_[KeyOf(entry->name)] = entry;
  queue_.push_back(entry);
  work_.Signal();
  unknown_.Signal();
  if (options_.on_change) options_.on_change(entry->job, TrainingJob::STATE_UNSPECIFIED);
}

absl::Status JobManager::Recover() {
  CLIENTELE_ASSIGN_OR_RETURN(seen_changes_, store_.Changes());
  CLIENTELE_RETURN_IF_ERROR(TakeOver());
  for (const std::shared_ptr<Entry>& entry : queue_) {
    if (entry->job.state() != TrainingJob::STATE_RUNNING) continue;
    CLIENTELE_RETURN_IF_ERROR(Change(*entry, JobEvent::kRequeue));
  }
  return CancelWhatWasAsked();
}

absl::Status JobManager::TakeOver() {
  std::vector<std::shared_ptr<Entry>> found;
  CLIENTELE_RETURN_IF_ERROR(store_.ListOpen([&](const TenantId& tenant, absl::string_view job_id,
                                                const TrainingJob& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    auto entry = std::make_shared<Entry>(TrainingJobName{tenant, std::string(job_id)});
    entry->job = job;
    if (FindEntry(entry->name) == nullptr) found.push_back(std::move(entry));
  }));
  for (const std::shared_ptr<Entry>& entry : found) Open(entry);
  return absl::OkStatus();
}

absl::Status JobManager::CancelWhatWasAsked() {
  std::vector<std::shared_ptr<Entry>> asked;
  CLIENTELE_RETURN_IF_ERROR(store_.ListCancelRequests(
      [&](const TenantId& tenant, absl::string_view job_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        const std::shared_ptr<Entry> entry = FindEntry({tenant, std::string(job_id)});
        if (entry != nullptr && !entry->cancelled) asked.push_back(entry);
      }));
  for (const std::shared_ptr<Entry>& entry : asked) CLIENTELE_RETURN_IF_ERROR(BeginCancel(entry));
  return absl::OkStatus();
}

absl::Status JobManager::Refresh() {
  absl::MutexLock lock(&mutex_);
  if (!leads_ || stopped_) return absl::OkStatus();
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t changes, store_.Changes());
  if (changes == seen_changes_) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(TakeOver());
  CLIENTELE_RETURN_IF_ERROR(CancelWhatWasAsked());
  seen_changes_ = changes;
  return absl::OkStatus();
}

absl::StatusOr<JobManager::Waiting> JobManager::CountWaiting(const TenantId& tenant) {
  Waiting waiting;
  const auto count = [&](const TenantId& of) {
    ++waiting.all;
    if (of == tenant) ++waiting.tenants;
  };
  if (leads_) {
    for (const std::shared_ptr<Entry>& entry : queue_) count(entry->name.tenant);
    return waiting;
  }
  CLIENTELE_RETURN_IF_ERROR(store_.ListOpen([&](const TenantId& of, absl::string_view, const TrainingJob& job) {
    if (job.state() == TrainingJob::STATE_QUEUED) count(of);
  }));
  return waiting;
}

absl::StatusOr<JobView> JobManager::AwaitElsewhere(const TrainingJobName& name, int64_t seen, const StopToken& stop,
                                                   const StopToken& drain) {
  while (true) {
    CLIENTELE_ASSIGN_OR_RETURN(TrainingJob job, store_.Get(name.tenant, name.job));
    const int64_t revision = RevisionOf(job);
    if (revision != seen || HasEnded(job.state())) return JobView{std::move(job), revision};
    if (!drain.Check().ok()) return ShuttingDown();
    CLIENTELE_RETURN_IF_ERROR(stop.Check());
    absl::MutexLock lock(&mutex_);
    if (stopped_) return ShuttingDown();
    if (const std::shared_ptr<Entry> entry = FindEntry(name)) return JobView{entry->job, entry->revision};
    elsewhere_.WaitWithTimeout(&mutex_, kLook);
  }
}

absl::StatusOr<TrainingJob> JobManager::CancelElsewhere(const TrainingJobName& name, const StopToken& stop) {
  CLIENTELE_ASSIGN_OR_RETURN(TrainingJob job, store_.Get(name.tenant, name.job));
  CLIENTELE_RETURN_IF_ERROR(NextState(job.state(), JobEvent::kCancel).status());
  CLIENTELE_RETURN_IF_ERROR(store_.RequestCancel(name.tenant, name.job));
  for (int64_t seen = RevisionOf(job); !HasEnded(job.state());) {
    const absl::StatusOr<JobView> view = AwaitElsewhere(name, seen, stop, StopToken());
    if (!view.ok()) return job;  // With its request in force.
    job = view->job;
    seen = view->revision;
  }
  return job;
}

}  // namespace clientele::training
