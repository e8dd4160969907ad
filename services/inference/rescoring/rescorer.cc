#include "services/inference/rescoring/rescorer.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/observability/log.h"

namespace clientele::inference {
namespace {

using observability::Log;
using observability::LogLevel;
using v1::RescoreJob;
using v1::RescoreSchedule;

constexpr absl::Duration kLease = absl::Seconds(15), kRenewEvery = absl::Seconds(1);
constexpr absl::Duration kBetweenSchedules = absl::Seconds(1), kIdle = absl::Milliseconds(500);
constexpr absl::Duration kTryAgain = absl::Seconds(5);
constexpr int kNiceness = 10;  // Calls that wait for a core get it first.

// Whether the same again may go through.
bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsAborted(status) || absl::IsResourceExhausted(status) ||
         absl::IsDeadlineExceeded(status) || absl::IsCancelled(status);
}

// "succeeded"
std::string StateInWords(RescoreJob::State state) {
  return absl::AsciiStrToLower(absl::StripPrefix(RescoreJob::State_Name(state), "STATE_"));
}

// The ids of the models that the job scores by, as far as it has named them.
absl::StatusOr<std::vector<std::string>> ModelsOf(const RescoreJob& job) {
  std::vector<std::string> ids;
  for (const std::string& model : job.models()) {
    CLIENTELE_ASSIGN_OR_RETURN(ModelName name, ParseModelName("models", model));
    ids.push_back(std::move(name.model));
  }
  return ids;
}

// Every model whose champion scores, or soon will.
std::vector<std::string> ServedModels(const Catalogue& catalogue, const TenantId& tenant) {
  std::vector<std::string> names;
  const auto models = catalogue.tenants.find(tenant);
  if (models == catalogue.tenants.end()) return names;
  for (const auto& [id, model] : *models->second) {
    const auto found = Resolve(catalogue, {tenant, id, std::string(kChampion), 0, /*by_model=*/true});
    if (!found.ok()) continue;
    const absl::Status available = CheckAvailable(*found->version);
    if (available.ok() || absl::IsUnavailable(available)) names.push_back(FormatModel(tenant, id));
  }
  return names;
}

}  // namespace

std::string WorkerId() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return absl::StrCat(host.data(), ":", getpid());
}

Rescorer::Rescorer(const Parts& parts, Worker worker, double share)
    : parts_(parts),
      worker_(std::move(worker)),
      share_(share),
      open_jobs_(parts.metrics.Gauge("clientele_inference_rescore_open_jobs", "Rescore jobs that have not ended.")) {}

template <typename Step>
std::thread Rescorer::Repeat(Step step) {
  return std::thread([this, step] {
    setpriority(PRIO_PROCESS, 0, kNiceness);  // On Linux: of this thread alone.
    while (!*stopped_ && Pause(step())) {
    }
  });
}

void Rescorer::Start() {
  scheduler_ = Repeat([this] {
    StepSchedules();
    return kBetweenSchedules;
  });
  runner_ = Repeat([this] {
    const absl::Time begin = absl::Now();
    if (!StepJobs()) return kIdle;
    return (absl::Now() - begin) * (1 / share_ - 1);
  });
}

void Rescorer::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    *stopped_ = true;
    stopping_.SignalAll();
  }
  if (scheduler_.joinable()) scheduler_.join();
  if (runner_.joinable()) runner_.join();
}

bool Rescorer::Pause(absl::Duration duration) {
  absl::MutexLock lock(&mutex_);
  const absl::Time end = absl::Now() + duration;
  while (!*stopped_ && !stopping_.WaitWithDeadline(&mutex_, end)) {
  }
  return !*stopped_;
}

void Rescorer::StepSchedules() {
  struct Entry {
    TenantId tenant;
    std::string id;
    RescoreSchedule schedule;
  };
  std::vector<Entry> all;
  absl::Status status =
      parts_.store.ForEachSchedule([&](const TenantId& tenant, absl::string_view id, const RescoreSchedule& schedule) {
        all.push_back({tenant, std::string(id), schedule});
      });
  for (const Entry& entry : all) {
    if (*stopped_) return;
    status.Update(Fire(entry.tenant, entry.id, entry.schedule));
  }
  if (!status.ok()) Log(LogLevel::kWarn, "a rescore schedule waits; trying again", {{"error", status.message()}});
}

absl::Status Rescorer::Fire(const TenantId& tenant, absl::string_view id, const RescoreSchedule& schedule) {
  const absl::Time now = absl::FromUnixMicros(absl::ToUnixMicros(parts_.clock.Now()));
  CLIENTELE_ASSIGN_OR_RETURN(const auto timetable,
                             schedule::Timetable::Of(schedule::TimingOf(schedule), schedule.name()));
  const auto due = timetable.FindDue(now);
  if (!due.has_value()) return absl::OkStatus();
  CLIENTELE_ASSIGN_OR_RETURN(const auto jobs, parts_.store.ListJobs(tenant));
  Firing firing = DecideFiring(schedule, id, *due, jobs, now);
  if (!firing.replaces.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const RescoreJobName replaced, ParseRescoreJobName("name", firing.replaces));
    CLIENTELE_RETURN_IF_ERROR(parts_.book.CancelJob(replaced).status());
  }
  firing.job.set_name(FormatRescoreJob(tenant, firing.job_id));
  const RescoreJob sealed = Sealed(std::move(firing.job));
  CLIENTELE_ASSIGN_OR_RETURN(const RescoreJob made, parts_.store.CreateJob(tenant, firing.job_id, sealed));
  RescoreSchedule::Run run;
  *run.mutable_scheduled_time() = ToProto(due->scheduled);
  run.set_rescore_job(made.name());
  CLIENTELE_RETURN_IF_ERROR(parts_.store.SettleSchedule(tenant, id, run));
  if (made.etag() != sealed.etag()) return absl::OkStatus();  // Another replica's.
  Log(LogLevel::kInfo, "a scheduled time was decided",
      {{"schedule", schedule.name()}, {"job", made.name()}, {"state", StateInWords(made.state())}});
  if (storage::HasEnded(made)) CountEnd(made);
  return absl::OkStatus();
}

bool Rescorer::StepJobs() {
  auto open = parts_.store.OpenJobs();
  if (!open.ok()) {
    Log(LogLevel::kWarn, "rescore jobs cannot be read; trying again", {{"error", open.status().message()}});
    return false;
  }
  open_jobs_.Set(static_cast<double>(open->size()));
  const absl::Time now = parts_.clock.Now();
  absl::erase_if(waiting_, [&](const auto& entry) { return entry.second <= now; });
  std::erase_if(*open, [&](const RescoreJob& job) { return waiting_.contains(job.name()); });
  const RescoreJob* job = ChooseJob(*open, last_, worker_, now);
  if (job == nullptr) return false;
  last_ = job->name();
  const absl::Status status = Advance(*job);
  // Where it was changed meanwhile, it was cancelled, or another has it.
  if (!status.ok() && !absl::IsAborted(status) && !*stopped_) {
    waiting_[last_] = now + kTryAgain;
    Log(LogLevel::kWarn, "a rescore job waits; trying again", {{"job", last_}, {"error", status.message()}});
  }
  return status.ok();
}

absl::Status Rescorer::Advance(RescoreJob job) {
  CLIENTELE_ASSIGN_OR_RETURN(const RescoreJobName name, ParseRescoreJobName("name", job.name()));
  CLIENTELE_RETURN_IF_ERROR(Claim(name, job));
  const absl::Status status = job.shards_done() < kShardCount ? ScoreSome(name, job) : Finish(name, job);
  if (status.ok() || MayPass(status)) return status;
  job.set_message(std::string(status.message()));
  End(RescoreJob::STATE_FAILED, job);
  CLIENTELE_RETURN_IF_ERROR(Keep(name, job));
  CountEnd(job);
  return absl::OkStatus();
}

absl::Status Rescorer::Claim(const RescoreJobName& name, RescoreJob& job) {
  if (job.worker() == worker_.id) return absl::OkStatus();
  if (job.state() == RescoreJob::STATE_QUEUED) {
    job.set_state(RescoreJob::STATE_RUNNING);
    *job.mutable_start_time() = ToProto(parts_.clock.Now());
    if (job.models().empty()) {
      const auto models = ServedModels(*parts_.registry.Get(), name.tenant);
      *job.mutable_models() = {models.begin(), models.end()};
    }
  }
  job.set_worker(worker_.id);
  return Keep(name, job);
}

absl::Status Rescorer::ScoreSome(const RescoreJobName& name, RescoreJob& job) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto models, ModelsOf(job));
  if (models.empty()) return absl::FailedPreconditionError("the tenant has no model with a champion");
  absl::Time kept = parts_.clock.Now();
  const auto go_on = [&]() -> absl::Status {
    if (*stopped_) return absl::CancelledError("the program ends");
    if (parts_.clock.Now() - kept < kRenewEvery) return absl::OkStatus();
    kept = parts_.clock.Now();
    return Keep(name, job);
  };
  const int shards = ShardsAtOnce(job);
  CLIENTELE_ASSIGN_OR_RETURN(
      const RescoreTally done,
      parts_.pass.Run(name.tenant, models, FromProto(job.feature_time()), {job.shards_done(), shards},
                      StopToken(absl::InfiniteFuture(), stopped_), go_on));
  RescoreTally total{job.counts(), job.message()};
  total.Add(done);
  *job.mutable_counts() = total.counts;
  job.set_message(total.first_error);
  job.set_shards_done(job.shards_done() + shards);
  CLIENTELE_RETURN_IF_ERROR(Keep(name, job));
  CountScores(done.counts);
  return parts_.scores.TrimChanges(name.tenant);
}

absl::Status Rescorer::Finish(const RescoreJobName& name, RescoreJob& job) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto models, ModelsOf(job));
  int64_t removed = 0;
  for (const std::string& model : models) {
    CLIENTELE_ASSIGN_OR_RETURN(const int64_t gone,
                               parts_.scores.Finish(name.tenant, model, FromProto(job.feature_time())));
    removed += gone;
  }
  job.mutable_counts()->set_removed(removed);
  End(RescoreJob::STATE_SUCCEEDED, job);
  CLIENTELE_RETURN_IF_ERROR(Keep(name, job));
  CountEnd(job);
  return absl::OkStatus();
}

absl::Status Rescorer::Keep(const RescoreJobName& name, RescoreJob& job) {
  const std::string etag = job.etag();
  *job.mutable_lease_end_time() = ToProto(parts_.clock.Now() + kLease);
  job = Sealed(std::move(job));
  return parts_.store.ReplaceJob(name.tenant, name.job, etag, job);
}

void Rescorer::End(RescoreJob::State state, RescoreJob& job) const {
  job.set_state(state);
  *job.mutable_end_time() = ToProto(parts_.clock.Now());
}

void Rescorer::CountEnd(const RescoreJob& job) {
  const std::string state = StateInWords(job.state());
  parts_.metrics
      .Counter("clientele_inference_rescore_jobs_total", "Rescore jobs, by how they ended where nobody cancelled them.",
               {{"state", state}})
      .Increment();
  Log(LogLevel::kInfo, "a rescore job has ended",
      {{"job", job.name()},
       {"state", state},
       {"customers", job.counts().customers()},
       {"scores", job.counts().scores()},
       {"errors", job.counts().errors()},
       {"message", job.message()}});
}

void Rescorer::CountScores(const RescoreJob::Counts& counts) {
  for (const auto& [result, count] :
       {std::pair("scored", counts.scores()), {"left_out", counts.left_out()}, {"error", counts.errors()}}) {
    parts_.metrics
        .Counter("clientele_inference_rescored_customers_total", "Customers by models, by what rescoring made of them.",
                 {{"result", result}})
        .Increment(static_cast<double>(count));
  }
  parts_.metrics
      .Counter("clientele_inference_rescore_group_changes_total",
               "Current scores in another tier or segment than before.")
      .Increment(static_cast<double>(counts.group_changes()));
}

}  // namespace clientele::inference
