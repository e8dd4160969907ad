// The runs of schedules: makes their jobs and writes down what came of them.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clientele/training/v1/schedule_service.pb.h"
#include "common/base/clock.h"
#include "common/base/resource_name.h"
#include "common/observability/metrics.h"
#include "services/training/jobs/job_manager.h"
#include "services/training/schedules/schedule_book.h"

namespace clientele::training {

// Whether what failed may go well a little later.
bool MayPass(const absl::Status& status);

// Thread-compatible. All it is given outlives it.
class RunKeeper {
 public:
  RunKeeper(ScheduleBook& book, JobManager& jobs, const Clock& clock, observability::Metrics& metrics)
      : book_(book), jobs_(jobs), clock_(clock), metrics_(metrics) {}

  // The job that the schedule made last, while it has not ended; "": none.
  absl::StatusOr<std::string> OpenJob(const RetrainScheduleName& name) const;

  // Makes a job that is not of the calendar, and writes it down in `run`, which says what it is for. A job of this id
  // that the schedule has made before is that job, whatever its instants. False: not now, for a job of the schedule has
  // not ended, or it cannot be made for now.
  bool Begin(const RetrainScheduleName& name, const NewJob& job, v1::ScheduleRun run);

  // False: it could not be written down, and will be decided again; its job is the same.
  bool Record(const RetrainScheduleName& name, const v1::ScheduleRun& run);

 private:
  ScheduleBook& book_;
  JobManager& jobs_;
  const Clock& clock_;
  observability::Metrics& metrics_;
};

}  // namespace clientele::training
