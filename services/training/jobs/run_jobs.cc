// The job manager's threads: which job runs next, what becomes of it, and what is set aside for it.
#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/config/byte_size.h"
#include "common/observability/log.h"
#include "services/training/jobs/job_manager.h"
#include "services/training/jobs/status_proto.h"

namespace clientele::training {
namespace {

using config::FormatByteSize;
using observability::Log;
using observability::LogLevel;
using v1::TrainingJob;

// As people read them.
constexpr char kSetting[] = "worker.memory";
constexpr char kSettingOfOneTenant[] = "worker.memory_per_tenant";
constexpr char kOfOneTenant[] = "the jobs of one tenant";
constexpr absl::Duration kShareCheck = absl::Seconds(1);  // How late a job may notice that its tenant may have more.

void SetResult(v1::WorkerResult result, TrainingJob& job) {
  *job.mutable_data_issues() = std::move(*result.mutable_data_issues());
  if (result.has_error()) {
    *job.mutable_error() = std::move(*result.mutable_error());
    return;
  }
  *job.mutable_evaluation() = std::move(*result.mutable_evaluation());
  *job.mutable_gate_decision() = std::move(*result.mutable_gate_decision());
  if (result.has_segment_migration()) *job.mutable_segment_migration() = std::move(*result.mutable_segment_migration());
  job.set_model_version(result.model_version());
  job.set_artifact_sha256(result.artifact_sha256());
}

void LogNotStored(const TrainingJob& job, const absl::Status& status) {
  Log(LogLevel::kError, "training job not stored", {{"job", job.name()}, {"error", status.message()}});
}

// `whose` may use so much, and `setting` says so.
absl::Status NeverFits(const MemoryNeed& need, absl::string_view whose, int64_t most, absl::string_view setting) {
  return Error(
      absl::StatusCode::kResourceExhausted, ErrorReason::kNotEnoughMemory,
      absl::StrCat("the job needs about ", FormatByteSize(need.bytes), " of memory (", need.basis, "), and ", whose,
                   " together may use ", FormatByteSize(most), "; ask for fewer features, or raise ", setting));
}

std::string WaitsForMemory(int64_t bytes, absl::string_view whose, int64_t most, int64_t used) {
  return absl::StrCat("waits for memory: needs about ", FormatByteSize(bytes), ", and of the ", FormatByteSize(most),
                      " that ", whose, " may use ", FormatByteSize(used), " are set aside for jobs that run");
}

}  // namespace

void JobManager::RunJobs() {
  while (const std::shared_ptr<Entry> entry = TakeNext()) Finish(entry, RunOne(entry));
}

std::shared_ptr<JobManager::Entry> JobManager::TakeNext() {
  absl::MutexLock lock(&mutex_);
  while (leads_ && !stopped_) {
    FailWhatNeverFits();
    std::shared_ptr<Entry> entry = TakeFairly();
    if (entry == nullptr) {
      AwaitWork();
      continue;
    }
    // If the store fails, the job runs all the same: at worst it is run again after a restart.
    const absl::Status status = Change(*entry, JobEvent::kStart);
    if (!status.ok()) LogNotStored(entry->job, status);
    TellReserved();
    return entry;
  }
  return nullptr;
}

void JobManager::AwaitWork() {
  ++idle_;
  unknown_.SignalAll();
  if (queue_.empty()) {
    work_.Wait(&mutex_);
  } else {  // Until a job ends or is estimated, or a tenant may have more.
    work_.WaitWithTimeout(&mutex_, kShareCheck);
  }
  --idle_;
}

int64_t JobManager::MostOfOne() const {
  const auto [all, tenants] = std::pair(options_.memory_budget, options_.memory_per_tenant);
  return all == 0 || tenants == 0 ? std::max(all, tenants) : std::min(all, tenants);
}

int64_t JobManager::MostOf(int64_t bytes) const {
  const int64_t most = MostOfOne();
  return most == 0 ? bytes : std::min(bytes, most);
}

MemoryBudget JobManager::Memory() const {
  MemoryBudget memory;
  if (options_.memory != nullptr) {
    memory = {.total = options_.memory_budget, .per_tenant = options_.memory_per_tenant};
  }
  for (const auto& [key, entry] : open_) {
    if (entry->job.state() == TrainingJob::STATE_RUNNING) memory.used += entry->set_aside;
  }
  return memory;
}

void JobManager::TellReserved() const {
  if (options_.memory != nullptr) options_.memory->OnReserved(Memory().used);
}

void JobManager::FailWhatNeverFits() {
  const int64_t most = MostOfOne();
  if (options_.memory == nullptr || most == 0) return;
  for (auto it = queue_.begin(); it != queue_.end();) {
    const std::shared_ptr<Entry> entry = *it;
    if (!HasEstimate(*entry) || entry->need->least <= most) {
      ++it;
      continue;
    }
    it = queue_.erase(it);
    const bool of_all = options_.memory_budget != 0 && entry->need->least > options_.memory_budget;
    *entry->job.mutable_error() =
        ToStatusProto(of_all ? NeverFits(*entry->need, "all jobs", options_.memory_budget, kSetting)
                             : NeverFits(*entry->need, kOfOneTenant, options_.memory_per_tenant, kSettingOfOneTenant));
    const absl::Status status = Change(*entry, JobEvent::kFail);
    if (!status.ok()) LogNotStored(entry->job, status);
  }
}

std::map<TenantId, TenantLoad> JobManager::Loads() {
  std::map<TenantId, TenantLoad> loads;
  for (const auto& [key, entry] : open_) {
    const TenantId& tenant = key.first;
    const auto [it, added] = loads.try_emplace(tenant);
    if (added && options_.share_of) it->second.share = options_.share_of(tenant);
    if (entry->job.state() != TrainingJob::STATE_RUNNING) continue;
    ++it->second.running;
    it->second.memory += entry->set_aside;
  }
  std::erase_if(last_starts_, [&](const auto& start) { return !loads.contains(start.first); });
  for (const auto& [tenant, start] : last_starts_) loads.at(tenant).last_start = start;
  return loads;
}

std::shared_ptr<JobManager::Entry> JobManager::TakeFairly() {
  std::vector<std::shared_ptr<Entry>> entries;
  std::vector<WaitingJob> waiting;
  for (const std::shared_ptr<Entry>& entry : queue_) {
    if (!HasEstimate(*entry)) continue;
    entries.push_back(entry);
    waiting.push_back({entry->name.tenant, entry->set_aside, entry->overtaken, entry->overtaken_by_own});
  }
  const MemoryBudget memory = Memory();
  const std::map<TenantId, TenantLoad> loads = Loads();
  const NextJobs jobs = NextJob(waiting, loads, memory);
  TellWaiting(entries, jobs, memory, loads);
  if (!jobs.next.has_value()) return nullptr;
  for (const size_t passed : jobs.overtaken) ++entries[passed]->overtaken;
  for (const size_t passed : jobs.overtaken_by_own) ++entries[passed]->overtaken_by_own;
  const std::shared_ptr<Entry>& next = entries[*jobs.next];
  last_starts_[next->name.tenant] = ++starts_;
  queue_.erase(std::find(queue_.begin(), queue_.end(), next));
  return next;
}

void JobManager::TellWaiting(const std::vector<std::shared_ptr<Entry>>& waiting, const NextJobs& jobs,
                             const MemoryBudget& memory, const std::map<TenantId, TenantLoad>& loads) {
  std::vector<std::string> messages(waiting.size());
  for (const size_t i : jobs.without_room) {
    messages[i] = WaitsForMemory(waiting[i]->set_aside, "jobs", memory.total, memory.used);
  }
  for (const size_t i : jobs.without_share) {
    const Entry& entry = *waiting[i];
    messages[i] = WaitsForMemory(entry.set_aside, kOfOneTenant, memory.per_tenant, loads.at(entry.name.tenant).memory);
  }
  for (size_t i = 0; i < waiting.size(); ++i) {
    Entry& entry = *waiting[i];
    std::string& message = messages[i];
    if (entry.job.progress().message() == message) continue;
    entry.job.mutable_progress()->set_message(std::move(message));
    ++entry.revision;
    entry.changed.SignalAll();
  }
}

int64_t JobManager::RoomFor(const Entry& entry) const {
  int64_t others = 0, tenants = 0;
  for (const auto& [key, other] : open_) {
    if (other.get() == &entry || other->job.state() != TrainingJob::STATE_RUNNING) continue;
    others += other->set_aside;
    if (key.first == entry.name.tenant) tenants += other->set_aside;
  }
  const int64_t unbounded = std::numeric_limits<int64_t>::max();
  return std::min(options_.memory_budget == 0 ? unbounded : options_.memory_budget - others,
                  options_.memory_per_tenant == 0 ? unbounded : options_.memory_per_tenant - tenants);
}

MemoryAllowance JobManager::AllowanceOf(const std::shared_ptr<Entry>& entry) {
  const int64_t most = MostOfOne();
  if (options_.memory == nullptr || most == 0) return {};
  return {.limit = entry->set_aside,
          .most = most,
          .setting = most == options_.memory_budget ? kSetting : kSettingOfOneTenant,
          .more = [this, entry](int64_t used) {
            absl::MutexLock lock(&mutex_);
            const int64_t room = RoomFor(*entry);
            if (used <= room) entry->set_aside = std::min(room, used + used / 4);
            TellReserved();
            return entry->set_aside;
          }};
}

absl::StatusOr<v1::WorkerResult> JobManager::RunOne(const std::shared_ptr<Entry>& entry) {
  TrainingJob job;
  MemoryAllowance allowance;
  {
    absl::MutexLock lock(&mutex_);
    job = entry->job;
    entry->took = WorkerMemory();
    allowance = AllowanceOf(entry);
  }
  CLIENTELE_ASSIGN_OR_RETURN(const std::unique_ptr<Worker> worker, launcher_.Launch(job, std::move(allowance)));
  {
    absl::MutexLock lock(&mutex_);
    entry->worker = worker.get();
    if (entry->cancelled || !leads_ || stopped_) worker->Stop();
  }
  absl::StatusOr<v1::WorkerResult> outcome = worker->Wait([&](const v1::Progress& progress) {
    absl::MutexLock lock(&mutex_);
    *entry->job.mutable_progress() = progress;
    ++entry->revision;
    entry->changed.SignalAll();
  });
  if (options_.on_worker_end) options_.on_worker_end(entry->name.tenant, worker->cpu_time());
  absl::MutexLock lock(&mutex_);
  entry->worker = nullptr;
  entry->took = worker->memory();
  return outcome;
}

void JobManager::Finish(const std::shared_ptr<Entry>& entry, absl::StatusOr<v1::WorkerResult> outcome) {
  absl::MutexLock lock(&mutex_);
  if (!leads_) return;  // What becomes of it is another's to say.
  TrainingJob& job = entry->job;
  const bool succeeded = outcome.ok() && !outcome->has_error();
  JobEvent event = succeeded ? JobEvent::kSucceed : JobEvent::kFail;
  if (!succeeded && entry->cancelled) {
    event = JobEvent::kCancel;
  } else if (!succeeded && (stopped_ || MayHaveMore(*entry))) {
    event = JobEvent::kRequeue;
  } else if (outcome.ok()) {
    SetResult(*std::move(outcome), job);
  } else {
    *job.mutable_error() = ToStatusProto(outcome.status());
  }
  const absl::Status status = Change(*entry, event);
  if (!status.ok()) LogNotStored(job, status);
  if (options_.memory != nullptr) {
    options_.memory->OnMeasured(job, *entry->need, entry->took.peak, entry->took.outgrew);
    TellReserved();
  }
  if (event == JobEvent::kRequeue && !stopped_) QueueForMore(entry);
  work_.SignalAll();  // Its tenant may have another.
}

bool JobManager::MayHaveMore(const Entry& entry) const { return entry.took.outgrew && entry.set_aside < MostOfOne(); }

void JobManager::QueueForMore(const std::shared_ptr<Entry>& entry) {
  const int64_t had = entry->set_aside;
  entry->set_aside = MostOf(2 * had);
  Log(LogLevel::kWarn, "training job outgrew its memory and waits for more",
      {{"job", entry->job.name()}, {"had", FormatByteSize(had)}, {"waits_for", FormatByteSize(entry->set_aside)}});
  queue_.push_front(entry);  // It is older than most.
}

absl::Status JobManager::Change(Entry& entry, JobEvent event) {
  const TrainingJob::State before = entry.job.state();
  TrainingJob job = entry.job;
  CLIENTELE_RETURN_IF_ERROR(ApplyEvent(event, clock_.Now(), job));
  const absl::Status stored = store_.Put(entry.name.tenant, entry.name.job, job);
  entry.job = std::move(job);
  ++entry.revision;
  entry.changed.SignalAll();
  Log(LogLevel::kInfo, "training job changed",
      {{"job", entry.job.name()}, {"state", JobStateName(entry.job.state())}, {"error", entry.job.error().message()}});
  if (options_.on_change) options_.on_change(entry.job, before);
  // One that could not be stored stays here, so that its true state is still told.
  if (HasEnded(entry.job.state()) && stored.ok()) open_.erase(KeyOf(entry.name));
  return stored;
}

}  // namespace clientele::training
