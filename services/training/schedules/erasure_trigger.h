// Trains anew what erasures ask for: inference is asked which versions are due, and a schedule that says so makes a job
// for each once.
#pragma once

#include <atomic>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "services/training/schedules/due_version_source.h"
#include "services/training/schedules/run_keeper.h"
#include "services/training/schedules/schedule_book.h"

namespace clientele::training {

// Thread-compatible. All it is given outlives it.
class ErasureTrigger {
 public:
  ErasureTrigger(ScheduleBook& book, RunKeeper& runs, DueVersionSource& due_versions, const Clock& clock)
      : book_(book), runs_(runs), due_versions_(due_versions), clock_(clock) {}

  // Ends early once `stopped`.
  void Look(const std::atomic<bool>& stopped);

 private:
  // `due` is near its due time since then. False: not now.
  bool TrainFor(const RetrainScheduleName& name, const v1::RetrainSchedule& schedule, const VersionName& due,
                absl::Time since);

  ScheduleBook& book_;
  RunKeeper& runs_;
  DueVersionSource& due_versions_;
  const Clock& clock_;
};

}  // namespace clientele::training
