// When a schedule's times are, and which of them is due: pure functions of the schedule and the present.
#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clientele/training/v1/schedule_service.pb.h"
#include "services/training/schedules/cron.h"

namespace clientele::training {

// The newest time that has come and is not settled, and how many older ones it stands for, at most 1,000 of them.
struct DueTime {
  absl::Time scheduled;
  int missed_before = 0;
  bool too_late = false;  // Its starting deadline has passed.
};

// Of a schedule that is not paused. An immutable value.
class Timetable {
 public:
  // INVALID_ARGUMENT about `field`.cron, time_zone, jitter or starting_deadline.
  static absl::StatusOr<Timetable> Of(const v1::RetrainSchedule& schedule, absl::string_view field);

  // The next scheduled time after another.
  absl::Time Next(absl::Time scheduled) const { return cron_.Next(scheduled, zone_); }
  // When what is scheduled for a time begins: so much later.
  absl::Duration delay() const { return delay_; }
  // The first time that is not settled: after the last run, and after the schedule was last changed.
  absl::Time First(const v1::RetrainSchedule& schedule) const;
  // Nothing where none has come yet.
  std::optional<DueTime> FindDue(const v1::RetrainSchedule& schedule, absl::Time now) const;
  // When the next begins, delays included; at most `most`.
  std::vector<absl::Time> Starts(const v1::RetrainSchedule& schedule, absl::Time now, int most) const;

 private:
  Timetable(Cron cron, absl::TimeZone zone, absl::Duration delay, absl::Duration starting_deadline)
      : cron_(cron), zone_(zone), delay_(delay), starting_deadline_(starting_deadline) {}

  Cron cron_;
  absl::TimeZone zone_;
  absl::Duration delay_;
  absl::Duration starting_deadline_;
};

}  // namespace clientele::training
