#include "services/cli/commands/schedule_flags.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/durations.h"
#include "common/base/status_macros.h"
#include "services/cli/training/spec_file.h"

namespace clientele::cli {
namespace {

using google::protobuf::Duration;
using training::v1::DriftTrigger;
using training::v1::RetrainSchedule;

constexpr absl::string_view kDefault = "default";
constexpr absl::string_view kNoDescription = "none";

template <class Message>
absl::Status ReadDuration(const char* flag, const std::optional<std::string>& text, Message& message,
                          Duration* (Message::*field)(), void (Message::*clear)()) {
  if (!text.has_value()) return absl::OkStatus();
  (message.*clear)();
  if (*text == kDefault) return absl::OkStatus();
  absl::Duration parsed;
  if (!absl::ParseDuration(*text, &parsed)) {
    return absl::InvalidArgumentError(absl::StrCat(flag, " \"", *text, "\" is no duration; one is 90s, 10m or 48h"));
  }
  *(message.*field)() = ToSecondsProto(parsed);
  return absl::OkStatus();
}

absl::Status ReadDriftTrigger(const ScheduleFlags& flags, RetrainSchedule& schedule) {
  const bool how = flags.drift_rows.has_value() || flags.drift_window.has_value();
  if (!how && !flags.drift.has_value() && !flags.score_drift.has_value()) return absl::OkStatus();
  DriftTrigger& trigger = *schedule.mutable_drift_trigger();
  if (flags.drift.has_value()) trigger.set_feature_threshold(*flags.drift);
  if (flags.score_drift.has_value()) trigger.set_score_threshold(*flags.score_drift);
  if (flags.drift_rows.has_value()) trigger.set_minimum_rows(*flags.drift_rows);
  CLIENTELE_RETURN_IF_ERROR(ReadDuration("--drift-window", flags.drift_window, trigger, &DriftTrigger::mutable_window,
                                         &DriftTrigger::clear_window));
  if (!how && trigger.feature_threshold() == 0 && trigger.score_threshold() == 0) schedule.clear_drift_trigger();
  return absl::OkStatus();
}

absl::Status ReadTriggers(const ScheduleFlags& flags, RetrainSchedule& schedule) {
  CLIENTELE_RETURN_IF_ERROR(ReadDuration("--erasure-lead", flags.erasure_lead, schedule,
                                         &RetrainSchedule::mutable_erasure_lead, &RetrainSchedule::clear_erasure_lead));
  CLIENTELE_RETURN_IF_ERROR(ReadDriftTrigger(flags, schedule));
  if (flags.new_outcomes.has_value()) schedule.clear_outcome_trigger();
  if (flags.new_outcomes.value_or(0) != 0) schedule.mutable_outcome_trigger()->set_new_outcomes(*flags.new_outcomes);
  return ReadDuration("--trigger-interval", flags.trigger_interval, schedule,
                      &RetrainSchedule::mutable_trigger_interval, &RetrainSchedule::clear_trigger_interval);
}

void AddTriggers(CLI::App& command, ScheduleFlags& flags) {
  command.add_option("--erasure-lead", flags.erasure_lead,
                     "Train anew, too, once a version that had learnt from an erased customer is due within this: "
                     "168h; 0s: not");
  command.add_option(
      "--drift", flags.drift,
      "Train anew, too, once a feature's drift (population stability index) comes to this: 0.25; 0: not");
  command.add_option("--score-drift", flags.score_drift, "The same of the score");
  command.add_option("--drift-rows", flags.drift_rows, "How many scores it takes to tell drift [1000]");
  command.add_option("--drift-window", flags.drift_window, "How far back drift is looked for [168h]");
  command
      .add_option("--new-outcomes", flags.new_outcomes,
                  "Train anew, too, whenever so many outcomes more are known than the champion had seen; 0: not")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--trigger-interval", flags.trigger_interval,
                     "Between two runs that drift or outcomes began [168h]");
}

}  // namespace

void AddScheduleFlags(CLI::App& command, ScheduleFlags& flags) {
  command.add_option("--time-zone", flags.time_zone, "Of the cron expression: Europe/Berlin [UTC]");
  command.add_option("--as-of-lag", flags.as_of_lag,
                     "How long before the scheduled time as_of is: 2160h [the label's window]");
  command.add_flag_function(
      "--known-at-scheduled-time,!--known-at-as-of",
      [&flags](int64_t times) { flags.known_at_scheduled_time = times > 0; },
      "Features see what was ingested until then; for history imported later");
  command.add_option("--jitter", flags.jitter, "Put off by a part of this, always the same: 10m");
  command.add_option("--overlap", flags.overlap, "Where the job before has not ended [forbid]")
      ->check(CLI::IsMember({"forbid", "replace"}));
  command.add_option("--starting-deadline", flags.starting_deadline, "How late it may begin [24h]");
  AddTriggers(command, flags);
  command.add_option("--threads", flags.threads, "Of a job [the service's]")->check(CLI::Range(0, 1'024));
  command.add_option("--description", flags.description, "For people; none: nothing");
}

absl::Status ApplyScheduleFlags(const ScheduleFlags& flags, RetrainSchedule& schedule) {
  if (flags.spec_file.has_value()) {
    schedule.clear_spec();
    CLIENTELE_RETURN_IF_ERROR(ReadMessageFile(*flags.spec_file, *schedule.mutable_spec()));
  }
  if (flags.cron.has_value()) schedule.set_cron(*flags.cron);
  if (flags.time_zone.has_value()) schedule.set_time_zone(*flags.time_zone);
  CLIENTELE_RETURN_IF_ERROR(ReadDuration("--as-of-lag", flags.as_of_lag, schedule, &RetrainSchedule::mutable_as_of_lag,
                                         &RetrainSchedule::clear_as_of_lag));
  CLIENTELE_RETURN_IF_ERROR(ReadDuration("--jitter", flags.jitter, schedule, &RetrainSchedule::mutable_jitter,
                                         &RetrainSchedule::clear_jitter));
  CLIENTELE_RETURN_IF_ERROR(ReadDuration("--starting-deadline", flags.starting_deadline, schedule,
                                         &RetrainSchedule::mutable_starting_deadline,
                                         &RetrainSchedule::clear_starting_deadline));
  CLIENTELE_RETURN_IF_ERROR(ReadTriggers(flags, schedule));
  if (flags.overlap.has_value()) {
    schedule.set_overlap(*flags.overlap == "replace" ? RetrainSchedule::OVERLAP_REPLACE
                                                     : RetrainSchedule::OVERLAP_FORBID);
  }
  if (flags.known_at_scheduled_time.has_value()) {
    schedule.set_known_at_scheduled_time(*flags.known_at_scheduled_time);
  }
  if (flags.threads.has_value()) schedule.set_threads(*flags.threads);
  if (flags.description.has_value()) {
    schedule.set_description(*flags.description == kNoDescription ? "" : *flags.description);
  }
  return absl::OkStatus();
}

}  // namespace clientele::cli
