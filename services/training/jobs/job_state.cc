#include "services/training/jobs/job_state.h"

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"

namespace clientele::training {
namespace {

using v1::TrainingJob;

struct Transition {
  TrainingJob::State from;
  JobEvent event;
  TrainingJob::State to;
};

constexpr Transition kTransitions[] = {
    {TrainingJob::STATE_QUEUED, JobEvent::kStart, TrainingJob::STATE_RUNNING},
    {TrainingJob::STATE_QUEUED, JobEvent::kCancel, TrainingJob::STATE_CANCELLED},
    {TrainingJob::STATE_QUEUED, JobEvent::kFail, TrainingJob::STATE_FAILED},  // It never fits.
    {TrainingJob::STATE_RUNNING, JobEvent::kSucceed, TrainingJob::STATE_SUCCEEDED},
    {TrainingJob::STATE_RUNNING, JobEvent::kFail, TrainingJob::STATE_FAILED},
    {TrainingJob::STATE_RUNNING, JobEvent::kCancel, TrainingJob::STATE_CANCELLED},
    {TrainingJob::STATE_RUNNING, JobEvent::kRequeue, TrainingJob::STATE_QUEUED},
};

}  // namespace

absl::string_view JobEventName(JobEvent event) {
  switch (event) {
    case JobEvent::kStart: return "start";
    case JobEvent::kSucceed: return "succeed";
    case JobEvent::kFail: return "fail";
    case JobEvent::kCancel: return "cancel";
    case JobEvent::kRequeue: return "requeue";
  }
  return "unknown";
}

absl::string_view JobStateName(TrainingJob::State state) {
  switch (state) {
    case TrainingJob::STATE_QUEUED: return "queued";
    case TrainingJob::STATE_RUNNING: return "running";
    case TrainingJob::STATE_SUCCEEDED: return "succeeded";
    case TrainingJob::STATE_FAILED: return "failed";
    case TrainingJob::STATE_CANCELLED: return "cancelled";
    default: return "unknown";
  }
}

bool HasEnded(TrainingJob::State state) {
  return state == TrainingJob::STATE_SUCCEEDED || state == TrainingJob::STATE_FAILED ||
         state == TrainingJob::STATE_CANCELLED;
}

absl::StatusOr<TrainingJob::State> NextState(TrainingJob::State state, JobEvent event) {
  for (const Transition& transition : kTransitions) {
    if (transition.from == state && transition.event == event) return transition.to;
  }
  if (HasEnded(state)) {
    return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kTrainingJobEnded,
                 absl::StrCat("the training job has ended: it is ", JobStateName(state)));
  }
  return Error(absl::StatusCode::kInternal, ErrorReason::kInternal,
               absl::StrCat("a ", JobStateName(state), " job cannot ", JobEventName(event)));
}

absl::Status ApplyEvent(JobEvent event, absl::Time now, TrainingJob& job) {
  CLIENTELE_ASSIGN_OR_RETURN(const TrainingJob::State state, NextState(job.state(), event));
  job.set_state(state);
  switch (state) {
    case TrainingJob::STATE_RUNNING:
      *job.mutable_start_time() = ToProto(now);
      job.clear_progress();
      break;
    case TrainingJob::STATE_QUEUED:
      job.clear_start_time();
      job.clear_progress();
      break;
    case TrainingJob::STATE_SUCCEEDED:
      job.mutable_progress()->set_fraction(1);
      job.mutable_progress()->clear_message();
      [[fallthrough]];
    default: *job.mutable_end_time() = ToProto(now);
  }
  return absl::OkStatus();
}

}  // namespace clientele::training
