// What is to be done next: which job a due time asks for, which job goes on. Pure functions of what is kept and the
// present, the same on every replica.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "clientele/inference/v1/rescore_service.pb.h"
#include "common/schedule/timetable.h"

namespace clientele::inference {

// A time that has come.
struct Firing {
  std::string job_id;    // Always the same for the time, whoever decides and however often.
  v1::RescoreJob job;    // QUEUED; or SKIPPED or MISSED, and then it has ended.
  std::string replaces;  // The name of a job that is to be cancelled first; empty: none.
};

// `jobs`: the tenant's.
Firing DecideFiring(const v1::RescoreSchedule& schedule, absl::string_view schedule_id, const schedule::DueTime& due,
                    absl::Span<const v1::RescoreJob> jobs, absl::Time now);

// Who works, as far as it matters to others.
struct Worker {
  std::string id;
  bool is_alone = false;  // No other program may have the same store: what another worker held is left over from it.
};

// The open job that `worker` goes on with after it worked on `last` (a name): each in its turn, so that a large tenant
// keeps nobody waiting. Null: all are others'.
const v1::RescoreJob* ChooseJob(absl::Span<const v1::RescoreJob> open, absl::string_view last, const Worker& worker,
                                absl::Time now);

// How many shards the job does next, so that a step is some 20,000 customers.
int ShardsAtOnce(const v1::RescoreJob& job);

}  // namespace clientele::inference
