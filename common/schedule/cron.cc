#include "common/schedule/cron.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::schedule {
namespace {

constexpr size_t kLongestText = 256;
constexpr absl::Duration kPutBack = absl::Hours(3);  // No clock is put back by more.
constexpr int kFarthestYears = 30;                   // 29 February comes again after at most eight.

// Of a field: what it is called, which numbers it takes, and the names of the first of them.
struct Kind {
  absl::string_view name;
  int least, most;
  absl::Span<const absl::string_view> names = {};
};
constexpr std::array<absl::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<absl::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr Kind kMinute{"minute", 0, 59}, kHour{"hour", 0, 23}, kDay{"day of the month", 1, 31};
const Kind kMonth{"month", 1, 12, kMonths}, kWeekday{"day of the week", 0, 7, kWeekdays};

constexpr std::pair<absl::string_view, absl::string_view> kShorthands[] = {
    {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"}, {"@weekly", "0 0 * * 0"},
    {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@hourly", "0 * * * *"}};

std::optional<int> ReadOne(const Kind& kind, absl::string_view text) {
  const std::string lower = absl::AsciiStrToLower(text);
  const auto name = std::find(kind.names.begin(), kind.names.end(), lower);
  if (name != kind.names.end()) return kind.least + static_cast<int>(name - kind.names.begin());
  int number = 0;
  const bool is_number = !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  if (!is_number || !absl::SimpleAtoi(text, &number) || number < kind.least || number > kind.most) return std::nullopt;
  return number;
}

// One part of a list: a range with a step. Sets the bits of `set`, of [most + 1].
bool ReadPart(const Kind& kind, absl::string_view text, std::vector<bool>& set) {
  int step = 1;
  const std::vector<absl::string_view> halves = absl::StrSplit(text, absl::MaxSplits('/', 1));
  if (halves.size() == 2) {
    const auto number = ReadOne({kind.name, 1, kind.most}, halves[1]);
    if (!number.has_value()) return false;
    step = *number;
  }
  int first = kind.least, last = kind.most;
  if (halves[0] != "*") {
    const std::vector<absl::string_view> ends = absl::StrSplit(halves[0], absl::MaxSplits('-', 1));
    const auto from = ReadOne(kind, ends[0]);
    if (!from.has_value()) return false;
    first = *from;
    if (ends.size() == 2) {
      auto to = ReadOne(kind, ends[1]);
      if (to == 0 && kind.most == 7) to = 7;  // "fri-sun".
      if (!to.has_value() || *to < first) return false;
      last = *to;
    } else if (halves.size() == 1) {
      last = first;
    }
  }
  for (int number = first; number <= last; number += step) set[number] = true;
  return true;
}

absl::StatusOr<std::vector<bool>> ReadField(absl::string_view field, const Kind& kind, absl::string_view text) {
  std::vector<bool> set(kind.most + 1);
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    if (ReadPart(kind, part, set)) continue;
    return InvalidField(field, absl::StrCat("the ", kind.name, " \"", part, "\" is not *, ", kind.least, " to ",
                                            kind.most, ", a range or a step of them"));
  }
  return set;
}

template <size_t n>
std::bitset<n> Bits(const std::vector<bool>& set) {
  std::bitset<n> bits;
  for (size_t i = 0; i < set.size(); ++i) bits[i % n] = bits[i % n] || set[i];
  return bits;
}

int DayOfWeek(absl::CivilDay day) { return (static_cast<int>(absl::GetWeekday(day)) + 1) % 7; }

}  // namespace

absl::StatusOr<Cron> Cron::Parse(absl::string_view field, absl::string_view text) {
  if (text.size() > kLongestText) return InvalidField(field, absl::StrCat("is longer than ", kLongestText, " bytes"));
  for (const auto& [shorthand, meaning] : kShorthands) {
    if (absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(text), shorthand)) text = meaning;
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (parts.size() != 5) {
    return InvalidField(field, absl::StrCat("has ", parts.size(),
                                            " fields; five are: minute, hour, day of the month, month, day of the "
                                            "week, for example \"30 2 * * mon-fri\""));
  }
  Cron cron;
  CLIENTELE_ASSIGN_OR_RETURN(const auto minutes, ReadField(field, kMinute, parts[0]));
  CLIENTELE_ASSIGN_OR_RETURN(const auto hours, ReadField(field, kHour, parts[1]));
  CLIENTELE_ASSIGN_OR_RETURN(const auto days, ReadField(field, kDay, parts[2]));
  CLIENTELE_ASSIGN_OR_RETURN(const auto months, ReadField(field, kMonth, parts[3]));
  CLIENTELE_ASSIGN_OR_RETURN(const auto weekdays, ReadField(field, kWeekday, parts[4]));
  cron.minutes_ = Bits<60>(minutes);
  cron.hours_ = Bits<24>(hours);
  cron.days_ = Bits<32>(days);
  cron.months_ = Bits<13>(months);
  cron.weekdays_ = Bits<7>(weekdays);
  cron.every_hour_ = parts[1] == "*";
  cron.either_day_ = !absl::StartsWith(parts[2], "*") && !absl::StartsWith(parts[4], "*");
  if (cron.Next(absl::UnixEpoch(), absl::UTCTimeZone()) == absl::InfiniteFuture()) {
    return InvalidField(field, absl::StrCat("\"", text, "\" is of days that no month has"));
  }
  return cron;
}

absl::Time Cron::Next(absl::Time after, const absl::TimeZone& zone) const {
  const absl::CivilDay begin = absl::ToCivilDay(after, zone) - 1;  // A clock may be put back to the day before.
  for (absl::CivilDay day = begin; day.year() <= begin.year() + kFarthestYears;) {
    if (!months_[day.month()]) {
      day = absl::CivilDay(absl::CivilMonth(day) + 1);
      continue;
    }
    if (IsOn(day)) {
      if (const auto found = FirstOn(day, after, zone); found.has_value()) return *found;
    }
    ++day;
  }
  return absl::InfiniteFuture();
}

bool Cron::IsOn(absl::CivilDay day) const {
  const bool by_month = days_[day.day()], by_week = weekdays_[DayOfWeek(day)];
  return either_day_ ? by_month || by_week : by_month && by_week;
}

std::optional<absl::Time> Cron::FirstOn(absl::CivilDay day, absl::Time after, const absl::TimeZone& zone) const {
  std::optional<absl::Time> first;
  const auto consider = [&](absl::Time time) {
    if (time > after && (!first.has_value() || time < *first)) first = time;
  };
  for (int hour = 0; hour < 24; ++hour) {
    if (!hours_[hour]) continue;
    // What cannot be the first: minutes come in their order, but for those that a clock put back makes come twice.
    const absl::Time begin = zone.At(absl::CivilHour(day) + hour).pre;
    if (begin + absl::Hours(1) + kPutBack <= after) continue;
    if (first.has_value() && begin > *first + kPutBack) break;
    for (int minute = 0; minute < 60; ++minute) {
      if (!minutes_[minute]) continue;
      const absl::TimeZone::TimeInfo info =
          zone.At(absl::CivilMinute(day.year(), day.month(), day.day(), hour, minute));
      switch (info.kind) {
        case absl::TimeZone::TimeInfo::UNIQUE: consider(info.pre); break;
        case absl::TimeZone::TimeInfo::SKIPPED: consider(info.trans); break;
        case absl::TimeZone::TimeInfo::REPEATED:
          consider(info.pre);
          if (every_hour_) consider(info.post);
          break;
      }
    }
  }
  return first;
}

}  // namespace clientele::schedule
