#include "services/ingestion/records/dates.h"

#include <date/date.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"

namespace clientele::ingestion {
namespace {

// Takes what it knows off the front of a text.
class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(absl::StripAsciiWhitespace(text)) {}

  bool AtEnd() const { return text_.empty(); }
  char Peek() const { return text_.empty() ? '\0' : text_[0]; }
  bool PeekDigit() const { return absl::ascii_isdigit(static_cast<unsigned char>(Peek())); }
  bool PeekLetter() const { return absl::ascii_isalpha(static_cast<unsigned char>(Peek())); }

  bool Skip(char c) {
    if (Peek() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool SkipSpaces() {
    bool any = false;
    while (Skip(' ')) any = true;
    return any;
  }
  // A run of digits: its value and its length. False where there is none, or more than 9.
  bool Number(int& value, int& digits) {
    value = digits = 0;
    while (PeekDigit()) {
      if (++digits > 9) return false;
      value = value * 10 + (Peek() - '0');
      text_.remove_prefix(1);
    }
    return digits > 0;
  }
  // Exactly `digits` of them.
  bool Fixed(int digits, int& value) {
    value = 0;
    for (int i = 0; i < digits; ++i) {
      if (!PeekDigit()) return false;
      value = value * 10 + (Peek() - '0');
      text_.remove_prefix(1);
    }
    return true;
  }
  absl::string_view Word() {
    size_t size = 0;
    while (size < text_.size() && absl::ascii_isalpha(static_cast<unsigned char>(text_[size]))) ++size;
    const absl::string_view word = text_.substr(0, size);
    text_.remove_prefix(size);
    return word;
  }

 private:
  absl::string_view text_;
};

struct Day {
  int year = 0, month = 0, day = 0;
};

// "dec", "Dec", "December": the month's number, or 0.
int MonthOf(absl::string_view word) {
  static constexpr absl::string_view kNames[] = {"january", "february", "march",     "april",   "may",      "june",
                                                 "july",    "august",   "september", "october", "november", "december"};
  if (word.size() < 3) return 0;
  for (int month = 1; month <= 12; ++month) {
    const absl::string_view name = kNames[month - 1];
    if (absl::EqualsIgnoreCase(word, name) || absl::EqualsIgnoreCase(word, name.substr(0, 3))) return month;
  }
  return absl::EqualsIgnoreCase(word, "sept") ? 9 : 0;
}

bool IsWeekday(absl::string_view word) {
  static constexpr absl::string_view kNames[] = {"monday", "tuesday", "wednesday", "thursday",
                                                 "friday", "saturday", "sunday"};
  for (const absl::string_view name : kNames) {
    if (absl::EqualsIgnoreCase(word, name) || absl::EqualsIgnoreCase(word, name.substr(0, 3))) return true;
  }
  return false;
}

// "9, 2011" or "9 2011" behind a month's name.
bool ReadDayAfterMonth(Scanner& in, Day& day) {
  int digits = 0;
  in.SkipSpaces();
  if (!in.Number(day.day, digits) || digits > 2) return false;
  const bool comma = in.Skip(',');
  return (in.SkipSpaces() || comma) && in.Fixed(4, day.year);
}

// Behind "9": " Dec 2011" or "-Dec-2011".
bool ReadNamedMonth(Scanner& in, char separator, Day& day) {
  day.month = MonthOf(in.Word());
  if (day.month == 0) return false;
  if (separator == ' ') {
    in.Skip('.');
    in.Skip(',');
    if (!in.SkipSpaces()) return false;
  } else if (!in.Skip(separator)) {
    return false;
  }
  return in.Fixed(4, day.year);
}

bool ReadNumericDay(Scanner& in, Day& day) {
  int first = 0, digits = 0, other = 0;
  if (!in.Number(first, digits)) return false;
  if (digits == 8) {
    day = {first / 10'000, first / 100 % 100, first % 100};
    return true;
  }
  const char separator = in.Peek();
  if (separator != '-' && separator != '/' && separator != '.' && separator != ' ') return false;
  in.Skip(separator);
  if (separator == ' ') in.SkipSpaces();
  if (digits == 4) {
    day.year = first;
    return separator != ' ' && in.Number(day.month, other) && other <= 2 && in.Skip(separator) &&
           in.Number(day.day, other) && other <= 2;
  }
  if (digits > 2) return false;
  day.day = first;
  if (in.PeekLetter()) return ReadNamedMonth(in, separator, day);
  return separator != ' ' && in.Number(day.month, other) && other <= 2 && in.Skip(separator) && in.Fixed(4, day.year);
}

bool ReadDay(Scanner& in, Day& day) {
  if (!in.PeekLetter()) return ReadNumericDay(in, day);
  absl::string_view word = in.Word();
  if (IsWeekday(word)) {
    in.Skip(',');
    if (!in.SkipSpaces()) return false;
    if (!in.PeekLetter()) return ReadNumericDay(in, day);
    word = in.Word();
  }
  day.month = MonthOf(word);
  in.Skip('.');
  return day.month != 0 && ReadDayAfterMonth(in, day);
}

// ".123456": in microseconds.
bool ReadFraction(Scanner& in, int64_t& micros) {
  int places = 0;
  for (; in.PeekDigit(); ++places) {
    if (places < 6) micros = micros * 10 + (in.Peek() - '0');
    in.Skip(in.Peek());
  }
  if (places == 0 || places > 9) return false;
  for (; places < 6; ++places) micros *= 10;
  return true;
}

// "am" or "pm", which turn hours of 1 to 12 into those of the day. Anything else is left.
bool ReadHalfDay(Scanner& in, int& hour) {
  if (in.Peek() != 'a' && in.Peek() != 'A' && in.Peek() != 'p' && in.Peek() != 'P') return true;
  const bool afternoon = in.Peek() == 'p' || in.Peek() == 'P';
  const absl::string_view word = in.Word();
  if (!absl::EqualsIgnoreCase(word, "am") && !absl::EqualsIgnoreCase(word, "pm")) return false;
  if (hour < 1 || hour > 12) return false;
  hour = hour % 12 + (afternoon ? 12 : 0);
  return true;
}

bool ReadClock(Scanner& in, int64_t& seconds, int64_t& micros) {
  int hour = 0, minute = 0, second = 0, digits = 0, packed = 0;
  if (!in.Number(packed, digits)) return false;
  if (digits == 4 || digits == 6) {
    const int hhmmss = digits == 4 ? packed * 100 : packed;
    hour = hhmmss / 10'000, minute = hhmmss / 100 % 100, second = hhmmss % 100;
  } else {
    hour = packed;
    if (digits > 2 || !in.Skip(':') || !in.Fixed(2, minute)) return false;
    if (in.Skip(':') && !in.Fixed(2, second)) return false;
  }
  if ((in.Skip('.') || in.Skip(',')) && !ReadFraction(in, micros)) return false;
  in.SkipSpaces();
  if (!ReadHalfDay(in, hour)) return false;
  if (hour > 23 || minute > 59 || second > 60) return false;  // A leap second is the next minute's first.
  seconds = hour * 3600 + minute * 60 + second;
  return true;
}

// An offset in seconds east of UTC; `found` tells whether there is one.
bool ReadZone(Scanner& in, bool& found, int64_t& offset) {
  in.SkipSpaces();
  found = !in.AtEnd();
  if (!found) return true;
  if (in.PeekLetter()) {
    const absl::string_view word = in.Word();
    return absl::EqualsIgnoreCase(word, "z") || absl::EqualsIgnoreCase(word, "utc") ||
           absl::EqualsIgnoreCase(word, "gmt");
  }
  const bool west = in.Skip('-');
  if (!west && !in.Skip('+')) return false;
  int hours = 0, minutes = 0;
  if (!in.Fixed(2, hours)) return false;
  if ((in.Skip(':') || in.PeekDigit()) && !in.Fixed(2, minutes)) return false;
  if (hours > 14 || minutes > 59) return false;
  offset = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
  return true;
}

}  // namespace

bool ParseTime(absl::string_view text, const LocalTime& local, int64_t& micros) {
  Scanner in(text);
  Day day;
  if (!ReadDay(in, day)) return false;
  const date::year_month_day civil{date::year(day.year), date::month(static_cast<unsigned>(day.month)),
                                   date::day(static_cast<unsigned>(day.day))};
  if (day.year < 1 || !civil.ok()) return false;
  int64_t seconds = 0, fraction = 0, offset = 0;
  bool has_offset = false;
  if (!in.AtEnd()) {
    const bool comma = in.Skip(',');
    if (!in.SkipSpaces() && !comma && !in.Skip('T') && !in.Skip('t')) return false;
    if (!ReadClock(in, seconds, fraction) || !ReadZone(in, has_offset, offset) || !in.AtEnd()) return false;
  }
  seconds += date::sys_days(civil).time_since_epoch().count() * kSecondsPerDay;
  const int64_t instant = has_offset ? seconds - offset : local.InstantSeconds(seconds);
  if (instant < kFirstTimestampSecond || instant > kLastTimestampSecond) return false;
  micros = instant * kMicrosPerSecond + fraction;
  return true;
}

bool ParseIsoDay(absl::string_view text, int32_t& day) {
  Scanner in(text);
  int year = 0, month = 0, day_of_month = 0;
  if (text.size() != 10 || !in.Fixed(4, year) || !in.Skip('-') || !in.Fixed(2, month) || !in.Skip('-') ||
      !in.Fixed(2, day_of_month)) {
    return false;
  }
  const date::year_month_day civil{date::year(year), date::month(static_cast<unsigned>(month)),
                                   date::day(static_cast<unsigned>(day_of_month))};
  if (year < 1 || !civil.ok()) return false;
  day = static_cast<int32_t>(date::sys_days(civil).time_since_epoch().count());
  return true;
}

std::string FormatDay(int32_t day) {
  const date::year_month_day civil{date::sys_days(date::days(day))};
  return absl::StrFormat("%04d-%02d-%02d", static_cast<int>(civil.year()), static_cast<unsigned>(civil.month()),
                         static_cast<unsigned>(civil.day()));
}

}  // namespace clientele::ingestion
