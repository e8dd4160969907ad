#include "services/training/schedules/scheduler.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "common/base/durations.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/observability/log.h"
#include "services/training/jobs/job_state.h"
#include "services/training/schedules/firing.h"

namespace clientele::training {
namespace {

using observability::Log;
using observability::LogLevel;
using v1::RetrainSchedule;
using v1::ScheduleRun;

constexpr absl::Duration kRetry = absl::Seconds(15);        // After what cannot be done for now.
constexpr absl::Duration kLongestSleep = absl::Minutes(1);  // The machine's clock may be set.
constexpr absl::Duration kCancelling = absl::Seconds(10);
constexpr absl::Duration kBetweenErasures = absl::Minutes(10);
constexpr absl::Duration kAsking = absl::Seconds(10);

bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsCancelled(status);
}

// "started"
std::string StateInWords(ScheduleRun::State state) {
  const std::string& name = ScheduleRun::State_Name(state);
  return absl::AsciiStrToLower(absl::StripPrefix(name, "STATE_"));
}

}  // namespace

void Scheduler::Start() {
  thread_ = std::thread([this] {
    while (!stopped_) {
      const absl::Time next = Step();
      if (stopped_) return;
      book_.AwaitChange(std::clamp(next - clock_.Now(), absl::ZeroDuration(), kLongestSleep));
    }
  });
}

void Scheduler::Stop() {
  stopped_ = true;
  book_.Wake();
  if (thread_.joinable()) thread_.join();
}

absl::Time Scheduler::Step() {
  if (clock_.Now() >= next_erasures_) {
    DealWithErasures();
    next_erasures_ = clock_.Now() + kBetweenErasures;
  }
  absl::Time next = next_erasures_;
  for (const auto& [name, schedule] : book_.All()) {
    if (stopped_) break;
    next = std::min(next, StepOf(name, schedule, clock_.Now()));
  }
  return next;
}

absl::Time Scheduler::StepOf(const RetrainScheduleName& name, const RetrainSchedule& schedule, absl::Time now) {
  const auto timetable = Timetable::Of(schedule, "schedule");
  if (!timetable.ok()) {
    Log(LogLevel::kError, "schedule cannot be kept",
        {{"schedule", schedule.name()}, {"error", timetable.status().message()}});
    return absl::InfiniteFuture();
  }
  if (const auto due = timetable->FindDue(schedule, now); due.has_value()) {
    std::optional<ScheduleRun> run = Decide(name, schedule, *due);
    if (!run.has_value()) return now + kRetry;
    *run->mutable_scheduled_time() = ToProto(due->scheduled);
    *run->mutable_decide_time() = ToProto(now);
    run->set_missed_before(due->missed_before);
    return Record(name, *run) ? now : now + kRetry;  // At once: it has changed.
  }
  const auto starts = timetable->Starts(schedule, now, 1);
  return starts.empty() ? absl::InfiniteFuture() : starts[0];
}

void Scheduler::DealWithErasures() {
  std::map<TenantId, std::vector<inference::v1::DueVersion>> of_tenant;
  for (const auto& [name, schedule] : book_.All()) {
    const absl::Duration lead = FromProto(schedule.erasure_lead());
    if (stopped_ || schedule.paused() || lead == absl::ZeroDuration()) continue;
    if (const auto [asked, is_new] = of_tenant.try_emplace(name.tenant); is_new) {
      auto versions = due_versions_.List(name.tenant, StopToken(absl::Now() + kAsking));
      if (versions.ok()) asked->second = *std::move(versions);
      if (!versions.ok()) {
        Log(LogLevel::kWarn, "cannot tell which versions are due",
            {{"tenant", name.tenant.value()}, {"error", versions.status().message()}});
      }
    }
    for (const inference::v1::DueVersion& due : of_tenant[name.tenant]) {
      const auto version = ParseVersionName("model_version", due.model_version());
      if (!version.ok() || version->model != schedule.spec().model()) continue;
      const absl::Time since = FromProto(due.due_time()) - lead;
      if (since <= clock_.Now() && !TrainForErasure(name, schedule, *version, since)) break;
    }
  }
}

bool Scheduler::TrainForErasure(const RetrainScheduleName& name, const RetrainSchedule& schedule,
                                const VersionName& due, absl::Time since) {
  const std::string due_version = FormatVersion(due.tenant, due.model, due.version);
  const auto runs = book_.ListRuns(name, storage::kKeptScheduleRuns);
  if (!runs.ok()) return false;
  const auto is_of_it = [&](const ScheduleRun& run) { return run.due_version() == due_version; };
  if (std::any_of(runs->begin(), runs->end(), is_of_it)) return true;
  const absl::Time now = absl::FromUnixSeconds(absl::ToUnixSeconds(clock_.Now()));
  // Runs are kept by the second; and a job that has not ended may be what is asked for.
  if (!runs->empty() && FromProto(runs->front().scheduled_time()) >= now) return false;
  const auto open = OpenJob(name);
  if (!open.ok() || !open->empty()) return false;
  const auto made = jobs_.Create(name.tenant, JobOfDueVersion(schedule, name.schedule, due.version, since));
  if (!made.ok() && MayPass(made.status())) return false;
  ScheduleRun run;
  *run.mutable_scheduled_time() = ToProto(now);
  *run.mutable_decide_time() = ToProto(clock_.Now());
  run.set_due_version(due_version);
  run.set_state(made.ok() ? ScheduleRun::STATE_STARTED : ScheduleRun::STATE_REFUSED);
  if (made.ok()) run.set_training_job(made->name());
  if (!made.ok()) run.set_message(std::string(made.status().message()));
  return Record(name, run);
}

std::optional<ScheduleRun> Scheduler::Decide(const RetrainScheduleName& name, const RetrainSchedule& schedule,
                                             const DueTime& due) {
  ScheduleRun run;
  if (due.too_late) {
    run.set_state(ScheduleRun::STATE_MISSED);
    run.set_message("it could not be begun until its starting deadline");
    return run;
  }
  const NewJob job = JobOf(schedule, name.schedule, due.scheduled);
  const auto open = OpenJob(name);
  if (!open.ok()) return std::nullopt;
  // Its own, where what came of it was not written down, is not in its way.
  if (!open->empty() && *open != FormatTrainingJob(name.tenant, job.job_id)) {
    if (schedule.overlap() != RetrainSchedule::OVERLAP_REPLACE) {
      run.set_state(ScheduleRun::STATE_SKIPPED);
      run.set_training_job(*open);
      run.set_message("the job before has not ended");
      return run;
    }
    const auto earlier = ParseTrainingJobName("name", *open);
    if (!earlier.ok()) return std::nullopt;
    const absl::Status cancelled = jobs_.Cancel(*earlier, StopToken(absl::Now() + kCancelling)).status();
    if (MayPass(cancelled)) return std::nullopt;
    run.set_replaced_job(*open);
  }
  const auto made = jobs_.Create(name.tenant, job);
  if (made.ok()) {
    run.set_state(ScheduleRun::STATE_STARTED);
    run.set_training_job(made->name());
    return run;
  }
  if (MayPass(made.status())) {
    Log(LogLevel::kWarn, "a scheduled job cannot be made for now",
        {{"schedule", schedule.name()}, {"error", made.status().message()}});
    return std::nullopt;
  }
  run.set_state(ScheduleRun::STATE_REFUSED);
  run.set_message(std::string(made.status().message()));
  return run;
}

absl::StatusOr<std::string> Scheduler::OpenJob(const RetrainScheduleName& name) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto runs, book_.ListRuns(name, storage::kKeptScheduleRuns));
  const auto started = std::find_if(runs.begin(), runs.end(),
                                    [](const ScheduleRun& run) { return run.state() == ScheduleRun::STATE_STARTED; });
  if (started == runs.end()) return std::string();
  CLIENTELE_ASSIGN_OR_RETURN(const TrainingJobName job, ParseTrainingJobName("name", started->training_job()));
  const auto found = jobs_.Get(job);
  if (absl::IsNotFound(found.status())) return std::string();
  CLIENTELE_RETURN_IF_ERROR(found.status());
  return HasEnded(found->state()) ? std::string() : started->training_job();
}

bool Scheduler::Record(const RetrainScheduleName& name, const ScheduleRun& run) {
  const std::string state = StateInWords(run.state());
  const absl::Status status = book_.AddRun(name, run);
  Log(status.ok() ? LogLevel::kInfo : LogLevel::kError, "a scheduled time was decided",
      {{"schedule", FormatRetrainSchedule(name.tenant, name.schedule)},
       {"state", state},
       {"job", run.training_job()},
       {"message", status.ok() ? absl::string_view(run.message()) : status.message()}});
  if (!status.ok()) return false;
  metrics_
      .Counter("clientele_training_schedule_runs_total", "Times of schedules, by what came of them.",
               {{"state", state}})
      .Increment();
  return true;
}

}  // namespace clientele::training
