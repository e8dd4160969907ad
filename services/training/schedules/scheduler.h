// Makes the jobs of schedules when their times have come.
//
// Each time is decided once: its job is made first, under an id that is always the same for it, then what came of it is
// written down. Whatever stops between the two, decides it again and gets the same job. A job that cannot be made for
// now is tried again until the starting deadline.
//
// Besides, inference is asked from time to time what erasures, drift and outcomes ask for; a schedule that says so
// trains anew for each once. See erasure_trigger.h and measure_trigger.h.
#pragma once

#include <atomic>
#include <optional>
#include <thread>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/observability/metrics.h"
#include "common/schedule/timetable.h"
#include "services/training/jobs/job_manager.h"
#include "services/training/schedules/due_version_source.h"
#include "services/training/schedules/erasure_trigger.h"
#include "services/training/schedules/measure_source.h"
#include "services/training/schedules/measure_trigger.h"
#include "services/training/schedules/run_keeper.h"
#include "services/training/schedules/schedule_book.h"

namespace clientele::training {

// How often inference is asked.
struct AskIntervals {
  absl::Duration due_and_drift = absl::Minutes(10);
  absl::Duration outcomes = absl::Hours(1);  // At the first question about the others after so long.
};

// Thread-compatible; has a thread of its own from Start to Stop. All it is given outlives it.
class Scheduler {
 public:
  Scheduler(ScheduleBook& book, JobManager& jobs, DueVersionSource& due_versions, MeasureSource& measures,
            const AskIntervals& intervals, const Clock& clock, observability::Metrics& metrics)
      : book_(book),
        jobs_(jobs),
        intervals_(intervals),
        clock_(clock),
        runs_(book, jobs, clock, metrics),
        erasures_(book, runs_, due_versions, clock),
        measured_(book, runs_, measures, clock) {}
  ~Scheduler() { Stop(); }

  void Start();  // Also after Stop.
  void Stop();   // Idempotent.

  // Decides what is due, and says when to look again; what Start does for ever.
  absl::Time Step();

 private:
  // Begins what erasures, drift and outcomes ask for, where it is time to ask.
  void Ask();
  // When to look at the schedule again.
  absl::Time StepOf(const RetrainScheduleName& name, const v1::RetrainSchedule& schedule, absl::Time now);
  // What comes of the time; nothing: it is to be tried again.
  std::optional<v1::ScheduleRun> Decide(const RetrainScheduleName& name, const v1::RetrainSchedule& schedule,
                                        const schedule::DueTime& due);

  ScheduleBook& book_;
  JobManager& jobs_;
  const AskIntervals intervals_;
  const Clock& clock_;
  RunKeeper runs_;
  ErasureTrigger erasures_;
  MeasureTrigger measured_;
  absl::Time next_question_ = absl::InfinitePast();
  absl::Time next_outcomes_ = absl::InfinitePast();
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

}  // namespace clientele::training
