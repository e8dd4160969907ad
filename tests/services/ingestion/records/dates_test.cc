#include "services/ingestion/records/dates.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "tests/testing/status_matchers.h"

namespace clientele::ingestion {
namespace {

LocalTime Zone(absl::string_view name) { return LocalTime::Load(name).value(); }

// RFC 3339 in UTC, or "-" where the text cannot be read.
std::string Read(absl::string_view text, absl::string_view zone = "UTC") {
  int64_t micros = 0;
  if (!ParseTime(text, Zone(zone), micros)) return "-";
  return absl::FormatTime("%Y-%m-%d %H:%M:%E*S", absl::FromUnixMicros(micros), absl::UTCTimeZone());
}

TEST(ParseTimeTest, ReadsDaysInTheCommonForms) {
  for (const char* text : {"2011-12-09", "2011/12/09", "2011.12.09", "20111209", "09/12/2011", "9/12/2011",
                           "09.12.2011", "09-12-2011", "9 Dec 2011", "9-Dec-2011", "9 December 2011", "Dec 9, 2011",
                           "December 9 2011", "Fri, 9 Dec 2011", "friday 9 dec 2011", "  2011-12-09  ", "2011-12-9"}) {
    EXPECT_EQ(Read(text), "2011-12-09 00:00:00") << text;
  }
}

TEST(ParseTimeTest, ReadsTheTimeOfDay) {
  EXPECT_EQ(Read("2011-12-09 12:50"), "2011-12-09 12:50:00");
  EXPECT_EQ(Read("2011-12-09T12:50:30"), "2011-12-09 12:50:30");
  EXPECT_EQ(Read("20111209T125030Z"), "2011-12-09 12:50:30");
  EXPECT_EQ(Read("09/12/2011 12:50:30.25"), "2011-12-09 12:50:30.25");
  EXPECT_EQ(Read("9 Dec 2011, 1:05 pm"), "2011-12-09 13:05:00");
  EXPECT_EQ(Read("9 Dec 2011 12:05 AM"), "2011-12-09 00:05:00");
  EXPECT_EQ(Read("2011-12-09 23:59:60"), "2011-12-10 00:00:00");
  EXPECT_EQ(Read("2011-12-09 12:50:30.123456789Z"), "2011-12-09 12:50:30.123456");
}

TEST(ParseTimeTest, AnOffsetWinsOverTheZone) {
  EXPECT_EQ(Read("2011-12-09T12:50:00Z", "Asia/Tokyo"), "2011-12-09 12:50:00");
  EXPECT_EQ(Read("2011-12-09T12:50:00+01:00"), "2011-12-09 11:50:00");
  EXPECT_EQ(Read("2011-12-09 12:50 -0530"), "2011-12-09 18:20:00");
  EXPECT_EQ(Read("2011-12-09 12:50 GMT", "Asia/Tokyo"), "2011-12-09 12:50:00");
  EXPECT_EQ(Read("2011-12-09 12:50", "Asia/Tokyo"), "2011-12-09 03:50:00");
}

TEST(ParseTimeTest, TheDayComesBeforeTheMonth) {
  EXPECT_EQ(Read("03/04/2011"), "2011-04-03 00:00:00");
  EXPECT_EQ(Read("12/25/2011"), "-");  // Read as month first it would contradict its neighbours in the file.
}

TEST(ParseTimeTest, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "yesterday",
                           "2011",
                           "2011-13-01",
                           "2011-02-30",
                           "2011-00-10",
                           "20111309",
                           "09/12/11",
                           "2011-12-09 25:00",
                           "2011-12-09 12:60",
                           "2011-12-09 12",
                           "2011-12-09T",
                           "2011-12-09 12:50 CET",
                           "2011-12-09 12:50 +25:00",
                           "2011-12-09x",
                           "9 Foo 2011",
                           "2011-12/09",
                           "0000-01-01",
                           "1323434343",
                           "2011-12-09 13:00 pm",
                           "12:50",
                           "2011-12-09 12:50:30.",
                           "99999999999999999999"}) {
    EXPECT_EQ(Read(text), "-") << text;
  }
}

TEST(ParseTimeTest, LeapDaysAreThoseOfTheCalendar) {
  EXPECT_EQ(Read("29/02/2012"), "2012-02-29 00:00:00");
  EXPECT_EQ(Read("29/02/2011"), "-");
  EXPECT_EQ(Read("1900-02-29"), "-");
}

TEST(LocalTimeTest, SkippedTimesMoveForwardAndRepeatedOnesAreTheFirst) {
  // Berlin: 02:00 to 03:00 does not exist on 2021-03-28; 02:00 to 03:00 comes twice on 2021-10-31.
  EXPECT_EQ(Read("2021-03-28 02:30", "Europe/Berlin"), "2021-03-28 01:30:00");  // As 03:30 summer time.
  EXPECT_EQ(Read("2021-03-28 01:59", "Europe/Berlin"), "2021-03-28 00:59:00");
  EXPECT_EQ(Read("2021-03-28 03:00", "Europe/Berlin"), "2021-03-28 01:00:00");
  EXPECT_EQ(Read("2021-10-31 02:30", "Europe/Berlin"), "2021-10-31 00:30:00");
  EXPECT_EQ(Read("2021-10-31 03:00", "Europe/Berlin"), "2021-10-31 02:00:00");
}

TEST(LocalTimeTest, UnknownZonesAreTold) {
  EXPECT_THAT(LocalTime::Load("Mars/Olympus"), testutil::StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(LocalTime::Load(""), testutil::StatusIs(absl::StatusCode::kInvalidArgument));
}

// Abseil has time zones too, by another implementation.
TEST(LocalTimeTest, AgreesWithAbseilOnDaysAndInstants) {
  for (const char* name : {"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
                           "America/Sao_Paulo", "Asia/Shanghai"}) {
    absl::TimeZone expected;
    ASSERT_TRUE(absl::LoadTimeZone(name, &expected));
    const LocalTime zone = Zone(name);
    // From 1970 to 2037, every 13 hours and a bit.
    for (int64_t second = 0; second < 2'100'000'000; second += 13 * 3600 + 1234) {
      const absl::TimeZone::CivilInfo info = expected.At(absl::FromUnixSeconds(second));
      ASSERT_EQ(zone.OffsetSeconds(second * kMicrosPerSecond), info.offset) << name << " " << second;
      const int32_t day = static_cast<int32_t>(absl::CivilDay(info.cs) - absl::CivilDay(1970, 1, 1));
      ASSERT_EQ(zone.Day(second * kMicrosPerSecond), day) << name << " " << second;
      const int64_t local = info.cs - absl::CivilSecond(1970, 1, 1);
      const absl::TimeZone::TimeInfo back = expected.At(info.cs);
      ASSERT_EQ(zone.InstantSeconds(local), absl::ToUnixSeconds(back.pre)) << name << " " << second;
    }
  }
}

TEST(LocalTimeTest, DaysBefore1970RoundDown) {
  EXPECT_EQ(Zone("UTC").Day(-1), -1);
  EXPECT_EQ(Zone("UTC").Day(0), 0);
}

TEST(IsoDayTest, ReadsAndWrites) {
  int32_t day = 0;
  EXPECT_TRUE(ParseIsoDay("1970-01-02", day));
  EXPECT_EQ(day, 1);
  EXPECT_EQ(FormatDay(1), "1970-01-02");
  EXPECT_EQ(FormatDay(-1), "1969-12-31");
  for (const char* text : {"", "1970-1-2", "1970-02-30", "1970-01-02 ", "1970/01/02", "abcd-01-02"}) {
    EXPECT_FALSE(ParseIsoDay(text, day)) << text;
  }
}

}  // namespace
}  // namespace clientele::ingestion
