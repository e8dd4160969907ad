// What every backend makes of rescoring's schedules and jobs alike. Pure.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "common/storage/rescore_store.h"

namespace clientele::storage {

inline absl::Status ScheduleNotFound(absl::string_view id) {
  return Error(absl::StatusCode::kNotFound, ErrorReason::kScheduleNotFound,
               absl::StrCat("there is no schedule \"", id, "\""));
}
inline absl::Status ScheduleExists(absl::string_view id) {
  return Error(absl::StatusCode::kAlreadyExists, ErrorReason::kScheduleExists,
               absl::StrCat("there is a schedule \"", id, "\" already"));
}
inline absl::Status RescoreJobNotFound(absl::string_view id) {
  return Error(absl::StatusCode::kNotFound, ErrorReason::kRescoreJobNotFound,
               absl::StrCat("there is no rescore job \"", id, "\""));
}
inline absl::Status CheckEtag(absl::string_view id, absl::string_view there, absl::string_view given) {
  if (there == given) return absl::OkStatus();
  return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
               absl::StrCat("\"", id, "\" has changed since the etag was read; read it again"));
}

// What stands in place of `before`.
inline inference::v1::RescoreSchedule Replaced(const inference::v1::RescoreSchedule& before,
                                               inference::v1::RescoreSchedule after) {
  if (before.has_last_run()) *after.mutable_last_run() = before.last_run();
  return after;
}

// Whether `run` comes after the schedule's last.
inline bool IsNewRun(const inference::v1::RescoreSchedule& schedule, const inference::v1::RescoreSchedule::Run& run) {
  return FromProto(run.scheduled_time()) > FromProto(schedule.last_run().scheduled_time());
}

inline void SortNewestFirst(std::vector<inference::v1::RescoreJob>& jobs) {
  std::sort(jobs.begin(), jobs.end(), [](const auto& a, const auto& b) {
    const absl::Time time_a = FromProto(a.feature_time()), time_b = FromProto(b.feature_time());
    return time_a != time_b ? time_a > time_b : a.name() < b.name();
  });
}

// Of a tenant's jobs, newest first: the names of those that there are too many of.
inline std::vector<std::string> TooMany(const std::vector<inference::v1::RescoreJob>& jobs) {
  std::vector<std::string> names;
  for (size_t i = kKeptRescoreJobs; i < jobs.size(); ++i) {
    if (HasEnded(jobs[i])) names.push_back(jobs[i].name());
  }
  return names;
}

}  // namespace clientele::storage
