// The life of a training job as a table: which event leads from which state to which. Pure; threads and stores are
// elsewhere.
//
//   QUEUED --start--> RUNNING --succeed--> SUCCEEDED
//     |  ^               | | |---fail-----> FAILED
//     |  '----requeue----' '-----cancel---> CANCELLED
//     '-------------------------cancel----> CANCELLED
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clientele/training/v1/training_service.pb.h"

namespace clientele::training {

enum class JobEvent { kStart, kSucceed, kFail, kCancel, kRequeue };

absl::string_view JobEventName(JobEvent event);  // "start"
absl::string_view JobStateName(v1::TrainingJob::State state);  // "queued"

// Whether nothing can happen to the job any more.
bool HasEnded(v1::TrainingJob::State state);

// The state after `event`. FAILED_PRECONDITION with TRAINING_JOB_ENDED where the job has ended, INTERNAL for any other
// event that the state does not know.
absl::StatusOr<v1::TrainingJob::State> NextState(v1::TrainingJob::State state, JobEvent event);

// Moves `job` on: its state, its times, and the progress that belongs to them. On error it is left as it was.
absl::Status ApplyEvent(JobEvent event, absl::Time now, v1::TrainingJob& job);

}  // namespace clientele::training
