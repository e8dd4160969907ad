// Trains anew where the champion's data has drifted, or where enough outcomes are known that it had not seen: asks
// inference, lets triggers.h decide, and begins the runs.
#pragma once

#include <atomic>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "common/base/clock.h"
#include "services/training/schedules/measure_source.h"
#include "services/training/schedules/run_keeper.h"
#include "services/training/schedules/schedule_book.h"

namespace clientele::training {

// Thread-compatible. All it is given outlives it.
class MeasureTrigger {
 public:
  MeasureTrigger(ScheduleBook& book, RunKeeper& runs, MeasureSource& measures, const Clock& clock)
      : book_(book), runs_(runs), measures_(measures), clock_(clock) {}

  // Looks at every schedule that says so, at outcomes only where they are asked for. Ends early once `stopped`, and
  // where inference is away.
  void Look(bool with_outcomes, const std::atomic<bool>& stopped);

 private:
  absl::Status LookAt(const RetrainScheduleName& name, const v1::RetrainSchedule& schedule, bool with_outcomes);
  // What of the champion begins a run; nothing of either: nothing does.
  absl::StatusOr<v1::ScheduleRun> Measure(const RetrainScheduleName& name, const v1::RetrainSchedule& schedule,
                                          const inference::v1::ModelVersion& champion,
                                          const std::vector<v1::ScheduleRun>& runs, bool with_outcomes);

  ScheduleBook& book_;
  RunKeeper& runs_;
  MeasureSource& measures_;
  const Clock& clock_;
};

}  // namespace clientele::training
