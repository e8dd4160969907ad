// Dates and times as people write them.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "services/ingestion/records/local_time.h"

namespace clientele::ingestion {

// Timestamps reach from the year 1 to the year 9999.
inline constexpr int64_t kFirstTimestampSecond = -62'135'596'800;
inline constexpr int64_t kLastTimestampSecond = 253'402'300'799;

// Reads a point in time, in microseconds since 1970; digits beyond are cut off. A day alone is its midnight. Without an
// offset the time is `local`. False where the text has none of these forms:
//
//   day   2011-12-09  2011/12/09  2011.12.09  20111209   year first, or
//         09/12/2011  09.12.2011  09-12-2011             day, then month: never the other way round, or
//         9 Dec 2011  9-Dec-2011  Dec 9, 2011            with a month's English name, maybe after a weekday
//   time  12:50  12:50:30  12:50:30.123456  1:50 pm  T125030  behind a space, a comma or T
//   zone  Z  UTC  GMT  +01:00  +0100  +01
bool ParseTime(absl::string_view text, const LocalTime& local, int64_t& micros);

// YYYY-MM-DD as days since 1970-01-01, and back.
bool ParseIsoDay(absl::string_view text, int32_t& day);
std::string FormatDay(int32_t day);

}  // namespace clientele::ingestion
