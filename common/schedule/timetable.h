// When a schedule's times are, and which of them is due: pure functions of the schedule and the present.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/durations.h"
#include "common/base/timestamps.h"
#include "common/schedule/cron.h"

namespace clientele::schedule {

// What schedules of every kind say about their times.
struct Timing {
  std::string name;  // Of the schedule: its jitter is a hash of it.
  std::string cron;
  std::string time_zone = {};  // "": UTC.
  absl::Duration jitter = absl::ZeroDuration();
  std::optional<absl::Duration> starting_deadline = {};
  bool paused = false;
  absl::Time settled;  // No time up to this one comes due.
};

// Of a schedule's message, whichever kind it is. What was scheduled before a change, and would only begin after it, is
// not made up for.
template <typename Schedule>
Timing TimingOf(const Schedule& schedule) {
  Timing timing{.name = schedule.name(),
                .cron = schedule.cron(),
                .time_zone = schedule.time_zone(),
                .jitter = FromProto(schedule.jitter()),
                .paused = schedule.paused(),
                .settled = FromProto(schedule.update_time())};
  if (schedule.has_starting_deadline()) timing.starting_deadline = FromProto(schedule.starting_deadline());
  if (schedule.has_last_run()) {
    timing.settled = std::max(timing.settled, FromProto(schedule.last_run().scheduled_time()));
  }
  return timing;
}

// The newest time that has come and is not settled, and how many older ones it stands for, at most 1,000 of them.
struct DueTime {
  absl::Time scheduled;
  int missed_before = 0;
  bool too_late = false;  // Its starting deadline has passed.
};

// What a schedule makes at one of its times is called "nightly-20261126-023000", whoever makes it and however often.
std::string FiringId(absl::string_view schedule_id, absl::Time scheduled);

// An immutable value.
class Timetable {
 public:
  // INVALID_ARGUMENT about `field`.cron, time_zone, jitter or starting_deadline.
  static absl::StatusOr<Timetable> Of(const Timing& timing, absl::string_view field);

  // The next scheduled time after another.
  absl::Time Next(absl::Time scheduled) const { return cron_.Next(scheduled, zone_); }
  // When what is scheduled for a time begins: so much later.
  absl::Duration delay() const { return delay_; }
  // The first time that is not settled.
  absl::Time First() const { return Next(settled_); }
  // Nothing where none has come yet, or while the schedule is paused.
  std::optional<DueTime> FindDue(absl::Time now) const;
  // When the next begins, delays included; at most `most`; none while the schedule is paused.
  std::vector<absl::Time> Starts(absl::Time now, int most) const;

 private:
  Timetable(Cron cron, absl::TimeZone zone, const Timing& timing, absl::Duration delay,
            absl::Duration starting_deadline)
      : cron_(cron),
        zone_(zone),
        delay_(delay),
        starting_deadline_(starting_deadline),
        settled_(timing.settled),
        paused_(timing.paused) {}

  Cron cron_;
  absl::TimeZone zone_;
  absl::Duration delay_;
  absl::Duration starting_deadline_;
  absl::Time settled_;
  bool paused_;
};

}  // namespace clientele::schedule
