// What a schedule's time asks for: the job, always the same for the same time, however often it is asked.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clientele/training/v1/schedule_service.pb.h"
#include "services/training/jobs/job_manager.h"

namespace clientele::training {

// How long before the scheduled time its job's as_of is.
absl::Duration AsOfLag(const v1::RetrainSchedule& schedule);

// The job of a scheduled time. Its id is the schedule's with the time, its request id is of the schedule's name,
// creation and the time: whoever asks again gets the job that was made.
NewJob JobOf(const v1::RetrainSchedule& schedule, absl::string_view schedule_id, absl::Time scheduled);

// The job of a version that is near its due time since then, for the sake of an erasure; likewise.
NewJob JobOfDueVersion(const v1::RetrainSchedule& schedule, absl::string_view schedule_id, int64_t version,
                       absl::Time since);

// The job of what was measured of the champion, at `now`. Its id, and its request id as above, are of `cause` alone
// ("drift-v3"), so that the same cause makes one job, whoever finds it when.
NewJob JobOfTrigger(const v1::RetrainSchedule& schedule, absl::string_view schedule_id, absl::string_view cause,
                    absl::Time now);

// OK, or INVALID_ARGUMENT about `field`.path: of the spec, the timetable, or the schedule's own fields.
absl::Status ValidateSchedule(const v1::RetrainSchedule& schedule, absl::string_view field);

}  // namespace clientele::training
