#include "common/schedule/timetable.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"

namespace clientele::schedule {
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

std::string FiringId(absl::string_view schedule_id, absl::Time scheduled) {
  return absl::StrCat(schedule_id, "-", absl::FormatTime("%Y%m%d-%H%M%S", scheduled, absl::UTCTimeZone()));
}

absl::StatusOr<Timetable> Timetable::Of(const Timing& timing, absl::string_view field) {
  CLIENTELE_ASSIGN_OR_RETURN(const Cron cron, Cron::Parse(absl::StrCat(field, ".cron"), timing.cron));
  absl::TimeZone zone = absl::UTCTimeZone();
  if (!timing.time_zone.empty() && !absl::LoadTimeZone(timing.time_zone, &zone)) {
    return InvalidField(absl::StrCat(field, ".time_zone"),
                        absl::StrCat("\"", timing.time_zone, "\" is no time zone; one is \"Europe/Berlin\""));
  }
  CLIENTELE_RETURN_IF_ERROR(
      CheckBetween(absl::StrCat(field, ".jitter"), timing.jitter, absl::ZeroDuration(), kLongestJitter));
  const absl::Duration deadline = timing.starting_deadline.value_or(kDefaultDeadline);
  CLIENTELE_RETURN_IF_ERROR(
      CheckBetween(absl::StrCat(field, ".starting_deadline"), deadline, kShortestDeadline, kLongestDeadline));
  const int64_t most = absl::ToInt64Seconds(timing.jitter);
  const int64_t delay = most == 0 ? 0 : static_cast<int64_t>(Hash64(timing.name) % static_cast<uint64_t>(most));
  return Timetable(cron, zone, timing, absl::Seconds(delay), deadline);
}

std::optional<DueTime> Timetable::FindDue(absl::Time now) const {
  if (paused_) return std::nullopt;
  std::optional<DueTime> due;
  int passed = 0;
  for (absl::Time time = First(); time + delay_ <= now;) {
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

std::vector<absl::Time> Timetable::Starts(absl::Time now, int most) const {
  std::vector<absl::Time> starts;
  if (paused_) return starts;
  for (absl::Time time = std::max(First(), Next(now - delay_));
       static_cast<int>(starts.size()) < most && time != absl::InfiniteFuture(); time = Next(time)) {
    starts.push_back(time + delay_);
  }
  return starts;
}

}  // namespace clientele::schedule
