#include "services/training/schedules/scheduler.h"

#include <algorithm>
#include <string>

#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/observability/log.h"
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

}  // namespace

void Scheduler::Start() {
  stopped_ = false;
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
  Ask();
  absl::Time next = next_question_;
  for (const auto& [name, schedule] : book_.All()) {
    if (stopped_) break;
    next = std::min(next, StepOf(name, schedule, clock_.Now()));
  }
  return next;
}

void Scheduler::Ask() {
  if (clock_.Now() < next_question_) return;
  erasures_.Look(stopped_);
  const bool with_outcomes = clock_.Now() >= next_outcomes_;
  measured_.Look(with_outcomes, stopped_);
  next_question_ = clock_.Now() + intervals_.due_and_drift;
  if (with_outcomes) next_outcomes_ = clock_.Now() + intervals_.outcomes;
}

absl::Time Scheduler::StepOf(const RetrainScheduleName& name, const RetrainSchedule& schedule, absl::Time now) {
  const auto timetable = schedule::Timetable::Of(schedule::TimingOf(schedule), "schedule");
  if (!timetable.ok()) {
    Log(LogLevel::kError, "schedule cannot be kept",
        {{"schedule", schedule.name()}, {"error", timetable.status().message()}});
    return absl::InfiniteFuture();
  }
  if (const auto due = timetable->FindDue(now); due.has_value()) {
    std::optional<ScheduleRun> run = Decide(name, schedule, *due);
    if (!run.has_value()) return now + kRetry;
    *run->mutable_scheduled_time() = ToProto(due->scheduled);
    *run->mutable_decide_time() = ToProto(now);
    run->set_missed_before(due->missed_before);
    return runs_.Record(name, *run) ? now : now + kRetry;  // At once: it has changed.
  }
  const auto starts = timetable->Starts(now, 1);
  return starts.empty() ? absl::InfiniteFuture() : starts[0];
}

std::optional<ScheduleRun> Scheduler::Decide(const RetrainScheduleName& name, const RetrainSchedule& schedule,
                                             const schedule::DueTime& due) {
  ScheduleRun run;
  if (due.too_late) {
    run.set_state(ScheduleRun::STATE_MISSED);
    run.set_message("it could not be begun until its starting deadline");
    return run;
  }
  const NewJob job = JobOf(schedule, name.schedule, due.scheduled);
  const auto open = runs_.OpenJob(name);
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

}  // namespace clientele::training
