// Times of the calendar that repeat, as crontab(5) writes them: "30 2 * * mon-fri".
//
// Five fields: minute, hour, day of the month, month, day of the week (0 and 7: Sunday). Each is "*", a number or name,
// a range, a step ("*/15", "10-40/10", "5/20"), or a list of those. Where both days are restricted, either will do, as
// in every cron. Also @yearly, @monthly, @weekly, @daily and @hourly.
#pragma once

#include <bitset>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace clientele::schedule {

// An immutable value.
class Cron {
 public:
  // INVALID_ARGUMENT naming `field`: a part that cannot be read, or days that no month has.
  static absl::StatusOr<Cron> Parse(absl::string_view field, absl::string_view text);

  // The first time after `after` on the zone's wall clock. A minute that a clock change skips is the instant of the
  // change; one that comes twice is the first of the two, and the second as well where the hour is "*". Infinite
  // future: none within 30 years. Cost: microseconds for what comes within a year.
  absl::Time Next(absl::Time after, const absl::TimeZone& zone) const;

 private:
  bool IsOn(absl::CivilDay day) const;
  // The first instant of the day that is after `after`.
  std::optional<absl::Time> FirstOn(absl::CivilDay day, absl::Time after, const absl::TimeZone& zone) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;     // Of the month; from 1 on.
  std::bitset<13> months_;   // From 1 on.
  std::bitset<7> weekdays_;  // 0: Sunday.
  bool every_hour_ = false;
  bool either_day_ = false;  // Both days are restricted.
};

}  // namespace clientele::schedule
