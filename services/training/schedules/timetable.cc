#include "services/training/schedules/timetable.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/durations.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"

namespace clientele::training {
namespace {

constexpr absl::Duration kLongestJitter = absl::Hours(24);
constexpr absl::Duration kShortestDeadline = absl::Minutes(1);
constexpr absl::Duration kLongestDeadline = absl::Hours(30 * 24);
constexpr absl::Duration kDefaultDeadline = absl::Hours(24);
// Beyond that only the last day is looked through: after a year without the service, every minute would be too many.
constexpr int kMostMissed = 1'000;

absl::Status CheckBetween(absl::string_view field, absl::Duration value, absl::Duration least, absl::Duration most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return InvalidField(field, absl::StrCat(absl::FormatDuration(value), " is not ", absl::FormatDuration(least), " to ",
                                          absl::FormatDuration(most)));
}

}  // namespace

absl::StatusOr<Timetable> Timetable::Of(const v1::RetrainSchedule& schedule, absl::string_view field) {
  CLIENTELE_ASSIGN_OR_RETURN(const Cron cron, Cron::Parse(absl::StrCat(field, ".cron"), schedule.cron()));
  absl::TimeZone zone = absl::UTCTimeZone();
  if (!schedule.time_zone().empty() && !absl::LoadTimeZone(schedule.time_zone(), &zone)) {
    return InvalidField(absl::StrCat(field, ".time_zone"),
                        absl::StrCat("\"", schedule.time_zone(), "\" is no time zone; one is \"Europe/Berlin\""));
  }
  const absl::Duration jitter = FromProto(schedule.jitter());
  CLIENTELE_RETURN_IF_ERROR(CheckBetween(absl::StrCat(field, ".jitter"), jitter, absl::ZeroDuration(), kLongestJitter));
  absl::Duration deadline = kDefaultDeadline;
  if (schedule.has_starting_deadline()) {
    deadline = FromProto(schedule.starting_deadline());
    CLIENTELE_RETURN_IF_ERROR(
        CheckBetween(absl::StrCat(field, ".starting_deadline"), deadline, kShortestDeadline, kLongestDeadline));
  }
  const int64_t most = absl::ToInt64Seconds(jitter);
  const int64_t delay = most == 0 ? 0 : static_cast<int64_t>(Hash64(schedule.name()) % static_cast<uint64_t>(most));
  return Timetable(cron, zone, absl::Seconds(delay), deadline);
}

absl::Time Timetable::First(const v1::RetrainSchedule& schedule) const {
  absl::Time settled = FromProto(schedule.update_time());
  // What was scheduled before a change, and would only begin after it, is not made up for.
  if (schedule.has_last_run()) settled = std::max(settled, FromProto(schedule.last_run().scheduled_time()));
  return Next(settled);
}

std::optional<DueTime> Timetable::FindDue(const v1::RetrainSchedule& schedule, absl::Time now) const {
  if (schedule.paused()) return std::nullopt;
  std::optional<DueTime> due;
  int passed = 0;
  for (absl::Time time = First(schedule); time + delay_ <= now;) {
    due = DueTime{time, passed, now - (time + delay_) > starting_deadline_};
    time = Next(time);
    if (++passed < kMostMissed) continue;
    passed = kMostMissed;
    if (const absl::Time recent = Next(now - delay_ - absl::Hours(24)); recent + delay_ <= now) {
      time = std::max(time, recent);
    }
  }
  return due;
}

std::vector<absl::Time> Timetable::Starts(const v1::RetrainSchedule& schedule, absl::Time now, int most) const {
  std::vector<absl::Time> starts;
  if (schedule.paused()) return starts;
  for (absl::Time time = std::max(First(schedule), Next(now - delay_));
       static_cast<int>(starts.size()) < most && time != absl::InfiniteFuture(); time = Next(time)) {
    starts.push_back(time + delay_);
  }
  return starts;
}

}  // namespace clientele::training
