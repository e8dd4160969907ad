#include "services/training/schedules/run_keeper.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/observability/log.h"
#include "services/training/jobs/job_state.h"

namespace clientele::training {
namespace {

using observability::Log;
using observability::LogLevel;
using v1::ScheduleRun;

// "started"
std::string StateInWords(ScheduleRun::State state) {
  const std::string& name = ScheduleRun::State_Name(state);
  return absl::AsciiStrToLower(absl::StripPrefix(name, "STATE_"));
}

}  // namespace

bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsCancelled(status);
}

absl::StatusOr<std::string> RunKeeper::OpenJob(const RetrainScheduleName& name) const {
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

bool RunKeeper::Begin(const RetrainScheduleName& name, const NewJob& job, ScheduleRun run) {
  const absl::Time now = absl::FromUnixSeconds(absl::ToUnixSeconds(clock_.Now()));
  const auto last = book_.ListRuns(name, 1);
  // Runs are kept by the second; and a job that has not ended may be what is asked for.
  if (!last.ok() || (!last->empty() && FromProto(last->front().scheduled_time()) >= now)) return false;
  const auto open = OpenJob(name);
  if (!open.ok() || !open->empty()) return false;
  auto made = jobs_.Create(name.tenant, job);
  // Another replica's, or of a run that was not written down: its instants are those of then.
  if (ReasonOf(made.status()) == ReasonName(ErrorReason::kRequestIdReused)) {
    made = jobs_.Get({name.tenant, job.job_id});
  }
  if (!made.ok() && MayPass(made.status())) return false;
  *run.mutable_scheduled_time() = ToProto(now);
  *run.mutable_decide_time() = ToProto(clock_.Now());
  run.set_state(made.ok() ? ScheduleRun::STATE_STARTED : ScheduleRun::STATE_REFUSED);
  if (made.ok()) run.set_training_job(made->name());
  if (!made.ok()) run.set_message(std::string(made.status().message()));
  return Record(name, run);
}

bool RunKeeper::Record(const RetrainScheduleName& name, const ScheduleRun& run) {
  const std::string state = StateInWords(run.state());
  const absl::Status status = book_.AddRun(name, run);
  Log(status.ok() ? LogLevel::kInfo : LogLevel::kError, "a run of a schedule was decided",
      {{"schedule", FormatRetrainSchedule(name.tenant, name.schedule)},
       {"state", state},
       {"job", run.training_job()},
       {"message", status.ok() ? absl::string_view(run.message()) : status.message()}});
  if (!status.ok()) return false;
  metrics_
      .Counter("clientele_training_schedule_runs_total", "Runs of schedules, by what came of them.",
               {{"state", state}})
      .Increment();
  return true;
}

}  // namespace clientele::training
