#include "services/training/schedules/measure_trigger.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/observability/log.h"
#include "services/training/schedules/firing.h"
#include "services/training/schedules/triggers.h"

namespace clientele::training {
namespace {

using inference::v1::ModelVersion;
using observability::Log;
using observability::LogLevel;
using v1::RetrainSchedule;
using v1::ScheduleRun;

constexpr absl::Duration kAsking = absl::Seconds(10);
constexpr absl::Duration kAskingOutcomes = absl::Minutes(1);  // Inference asks ingestion about every customer.

StopToken Within(absl::Duration duration) { return StopToken(absl::Now() + duration); }

}  // namespace

void MeasureTrigger::Look(bool with_outcomes, const std::atomic<bool>& stopped) {
  for (const auto& [name, schedule] : book_.All()) {
    if (stopped) return;
    if (schedule.paused() || (!schedule.has_drift_trigger() && !schedule.has_outcome_trigger())) continue;
    const absl::Status status = LookAt(name, schedule, with_outcomes);
    if (status.ok()) continue;
    Log(LogLevel::kWarn, "cannot tell whether a schedule's model has to be trained anew",
        {{"schedule", schedule.name()}, {"error", status.message()}});
    if (MayPass(status)) return;
  }
}

absl::Status MeasureTrigger::LookAt(const RetrainScheduleName& name, const RetrainSchedule& schedule,
                                    bool with_outcomes) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto runs, book_.ListRuns(name, storage::kKeptScheduleRuns));
  if (!MayTrigger(schedule, runs, clock_.Now())) return absl::OkStatus();
  CLIENTELE_ASSIGN_OR_RETURN(const auto champion,
                             measures_.Champion(name.tenant, schedule.spec().model(), Within(kAsking)));
  if (!champion.has_value()) return absl::OkStatus();
  CLIENTELE_ASSIGN_OR_RETURN(ScheduleRun run, Measure(name, schedule, *champion, runs, with_outcomes));
  if (!run.has_drift() && !run.has_outcomes()) return absl::OkStatus();
  CLIENTELE_ASSIGN_OR_RETURN(const VersionName version, ParseVersionName("model_version", champion->name()));
  const std::string cause =
      run.has_drift() ? absl::StrCat("drift-v", version.version)
                      : absl::StrCat("outcomes-v", version.version, "-", run.outcomes().threshold());
  // Not now: at the next look it is found again.
  (void)runs_.Begin(name, JobOfTrigger(schedule, name.schedule, cause, clock_.Now()), std::move(run));
  return absl::OkStatus();
}

absl::StatusOr<ScheduleRun> MeasureTrigger::Measure(const RetrainScheduleName& name, const RetrainSchedule& schedule,
                                                    const ModelVersion& champion,
                                                    const std::vector<ScheduleRun>& runs, bool with_outcomes) {
  ScheduleRun run;
  if (schedule.has_drift_trigger() && !IsDriftAnswered(champion, runs)) {
    const v1::DriftTrigger& trigger = schedule.drift_trigger();
    CLIENTELE_ASSIGN_OR_RETURN(
        const auto report, measures_.Drift(champion.name(), clock_.Now() - DriftWindow(trigger), Within(kAsking)));
    if (auto drift = FindDrift(trigger, report); drift.has_value()) *run.mutable_drift() = *std::move(drift);
  }
  if (run.has_drift() || !with_outcomes || !schedule.has_outcome_trigger()) return run;
  CLIENTELE_ASSIGN_OR_RETURN(const auto report, measures_.Outcomes(name.tenant, schedule.spec().model(),
                                                                   OutcomesSince(champion), Within(kAskingOutcomes)));
  auto outcomes = FindOutcomes(schedule.outcome_trigger(), champion, report, runs);
  if (outcomes.has_value()) *run.mutable_outcomes() = *std::move(outcomes);
  return run;
}

}  // namespace clientele::training
