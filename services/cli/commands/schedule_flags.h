// What the flags of `schedules create` and `schedules update` say of a schedule.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "clientele/training/v1/schedule_service.pb.h"

namespace clientele::cli {

// As they were written; none: not said.
struct ScheduleFlags {
  std::optional<std::string> spec_file;
  std::optional<std::string> cron;
  std::optional<std::string> time_zone;
  std::optional<std::string> as_of_lag;
  std::optional<bool> known_at_scheduled_time;
  std::optional<std::string> jitter;
  std::optional<std::string> overlap;
  std::optional<std::string> starting_deadline;
  std::optional<std::string> erasure_lead;
  std::optional<double> drift, score_drift;
  std::optional<int64_t> drift_rows;
  std::optional<std::string> drift_window;
  std::optional<int64_t> new_outcomes;
  std::optional<std::string> trigger_interval;
  std::optional<int> threads;
  std::optional<std::string> description;

  bool operator==(const ScheduleFlags&) const = default;
};

// All but the spec and the cron expression. `flags` must live until `command` has been parsed.
void AddScheduleFlags(CLI::App& command, ScheduleFlags& flags);

// Writes what was said into `schedule` and leaves the rest. A threshold or number of 0 takes its trigger away; a
// duration of "default" is the service's again, a description of "none" nothing. INVALID_ARGUMENT names the flag or the
// file that is wrong.
absl::Status ApplyScheduleFlags(const ScheduleFlags& flags, training::v1::RetrainSchedule& schedule);

}  // namespace clientele::cli
