// Makes the jobs of schedules when their times have come.
//
// Each time is decided once: its job is made first, under an id that is always the same for it, then what came of it is
// written down. Whatever stops between the two, decides it again and gets the same job. A job that cannot be made for
// now is tried again until the starting deadline.
//
// Besides, inference is asked from time to time which versions are due for the sake of erasures; a schedule that says
// so trains anew for each once.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/observability/metrics.h"
#include "services/training/jobs/job_manager.h"
#include "services/training/schedules/due_version_source.h"
#include "services/training/schedules/schedule_book.h"
#include "services/training/schedules/timetable.h"

namespace clientele::training {

// Thread-compatible; has a thread of its own from Start to Stop. All it is given outlives it.
class Scheduler {
 public:
  Scheduler(ScheduleBook& book, JobManager& jobs, DueVersionSource& due_versions, const Clock& clock,
            observability::Metrics& metrics)
      : book_(book), jobs_(jobs), due_versions_(due_versions), clock_(clock), metrics_(metrics) {}
  ~Scheduler() { Stop(); }

  void Start();
  void Stop();  // Idempotent.

  // Decides what is due, and says when to look again; what Start does for ever.
  absl::Time Step();

 private:
  // When to look at the schedule again.
  absl::Time StepOf(const RetrainScheduleName& name, const v1::RetrainSchedule& schedule, absl::Time now);
  // What comes of the time; nothing: it is to be tried again.
  std::optional<v1::ScheduleRun> Decide(const RetrainScheduleName& name, const v1::RetrainSchedule& schedule,
                                        const DueTime& due);
  // Makes the jobs of what is due for the sake of erasures.
  void DealWithErasures();
  // `due` is near its due time since then. False: not now.
  bool TrainForErasure(const RetrainScheduleName& name, const v1::RetrainSchedule& schedule, const VersionName& due,
                       absl::Time since);
  // The job that the schedule made last, while it has not ended; "": none.
  absl::StatusOr<std::string> OpenJob(const RetrainScheduleName& name);
  // False: it could not be written down, and will be decided again; its job is the same.
  bool Record(const RetrainScheduleName& name, const v1::ScheduleRun& run);

  ScheduleBook& book_;
  JobManager& jobs_;
  DueVersionSource& due_versions_;
  const Clock& clock_;
  observability::Metrics& metrics_;
  absl::Time next_erasures_ = absl::InfinitePast();  // When to ask for them again.
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

}  // namespace clientele::training
