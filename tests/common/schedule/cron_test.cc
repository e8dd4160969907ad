#include "common/schedule/cron.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "tests/testing/status_matchers.h"

namespace clientele::schedule {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::StatusIs;

absl::TimeZone Zone(const std::string& name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone)) << name;
  return zone;
}

absl::Time At(const std::string& text, const absl::TimeZone& zone = absl::UTCTimeZone()) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M:%S", text, zone, &time, &error)) << text << ": " << error;
  return time;
}

// The next `count` times after `after`, as the zone's clock and its offset show them.
std::vector<std::string> Next(const std::string& cron, const std::string& after, int count,
                              const absl::TimeZone& zone = absl::UTCTimeZone()) {
  std::vector<std::string> times;
  const auto parsed = Cron::Parse("cron", cron);
  EXPECT_OK(parsed);
  if (!parsed.ok()) return times;
  absl::Time time = At(after, zone);
  for (int i = 0; i < count; ++i) {
    time = parsed->Next(time, zone);
    times.push_back(absl::FormatTime(zone == absl::UTCTimeZone() ? "%m-%d %H:%M" : "%m-%d %H:%M %Ez", time, zone));
  }
  return times;
}

TEST(CronTest, EveryFieldSaysWhichOfItsNumbersCount) {
  EXPECT_THAT(Next("*/20 * * * *", "2026-11-26 09:59:59", 4),
              ElementsAre("11-26 10:00", "11-26 10:20", "11-26 10:40", "11-26 11:00"));
  EXPECT_THAT(Next("30 2 * * *", "2026-11-26 02:30:00", 2), ElementsAre("11-27 02:30", "11-28 02:30"));
  EXPECT_THAT(Next("5,10-12 9-17/4 * * *", "2026-11-26 09:10:30", 5),
              ElementsAre("11-26 09:11", "11-26 09:12", "11-26 13:05", "11-26 13:10", "11-26 13:11"));
  EXPECT_THAT(Next("50/5 23 * * *", "2026-11-26 00:00:00", 3),
              ElementsAre("11-26 23:50", "11-26 23:55", "11-27 23:50"));
  EXPECT_THAT(Next("0 0 1 jan,JUL *", "2026-11-26 00:00:00", 2), ElementsAre("01-01 00:00", "07-01 00:00"));
  EXPECT_THAT(Next("0 6 * * mon-fri", "2026-11-27 07:00:00", 2), ElementsAre("11-30 06:00", "12-01 06:00"));
  EXPECT_THAT(Next("0 6 * * fri-sun", "2026-11-27 07:00:00", 3),
              ElementsAre("11-28 06:00", "11-29 06:00", "12-04 06:00"));
  EXPECT_EQ(Next("0 6 * * 7", "2026-11-27 07:00:00", 3), Next("0 6 * * 0", "2026-11-27 07:00:00", 3));
  EXPECT_THAT(Next("0 0 29 2 *", "2026-11-26 00:00:00", 1), ElementsAre("02-29 00:00"));
}

TEST(CronTest, ShorthandsAreWhatTheyStandFor) {
  for (const auto& [shorthand, meaning] : std::vector<std::pair<std::string, std::string>>{{"@hourly", "0 * * * *"},
                                                                                           {"@daily", "0 0 * * *"},
                                                                                           {"@Weekly", "0 0 * * sun"},
                                                                                           {" @monthly ", "0 0 1 * *"},
                                                                                           {"@yearly", "0 0 1 1 *"}}) {
    EXPECT_EQ(Next(shorthand, "2026-11-26 09:00:00", 3), Next(meaning, "2026-11-26 09:00:00", 3));
  }
}

TEST(CronTest, WhereBothDaysAreRestrictedEitherWillDo) {
  EXPECT_THAT(Next("0 0 13 * fri", "2026-11-26 00:00:00", 4),
              ElementsAre("11-27 00:00", "12-04 00:00", "12-11 00:00", "12-13 00:00"));
  EXPECT_THAT(Next("0 0 */2 * fri", "2026-11-26 00:00:00", 2), ElementsAre("11-27 00:00", "12-11 00:00"))
      << "a step of * restricts nothing by itself";
}

TEST(CronTest, SaysWhatCannotBeRead) {
  for (const auto& [cron, part] :
       std::vector<std::pair<std::string, std::string>>{{"", "0 fields"},
                                                        {"* * * *", "4 fields"},
                                                        {"* * * * * *", "6 fields"},
                                                        {"60 * * * *", "minute \"60\""},
                                                        {"* 24 * * *", "hour"},
                                                        {"* * 0 * *", "day of the month"},
                                                        {"* * * 13 *", "month"},
                                                        {"* * * * 8", "week"},
                                                        {"5-2 * * * *", "5-2"},
                                                        {"*/0 * * * *", "*/0"},
                                                        {"1,,2 * * * *", "minute \"\""},
                                                        {"-1 * * * *", "-1"},
                                                        {"1- * * * *", "1-"},
                                                        {"+1 * * * *", "+1"},
                                                        {"*/a * * * *", "*/a"},
                                                        {"@never", "1 fields"},
                                                        {"0 0 30 feb *", "no month has"},
                                                        {"0 0 31 4,6,9,11 *", "no month has"}}) {
    EXPECT_THAT(Cron::Parse("schedule.cron", cron).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(part)))
        << cron;
  }
  EXPECT_FALSE(Cron::Parse("cron", std::string(300, ' ') + "* * * * *").ok());
}

// Berlin: 29 March 2026 02:00 becomes 03:00, 25 October 2026 03:00 becomes 02:00.
TEST(CronTest, ATimeThatIsSkippedRunsWhenTheClockHasChanged) {
  const absl::TimeZone berlin = Zone("Europe/Berlin");
  EXPECT_THAT(Next("30 2 * * *", "2026-03-28 00:00:00", 3, berlin),
              ElementsAre("03-28 02:30 +01:00", "03-29 03:00 +02:00", "03-30 02:30 +02:00"));
  EXPECT_THAT(Next("0,30 2,3 * * *", "2026-03-29 00:00:00", 3, berlin),
              ElementsAre("03-29 03:00 +02:00", "03-29 03:30 +02:00", "03-30 02:00 +02:00"))
      << "never twice at one instant";
}

TEST(CronTest, ATimeThatComesTwiceRunsOnceUnlessItIsOfEveryHour) {
  const absl::TimeZone berlin = Zone("Europe/Berlin");
  EXPECT_THAT(Next("30 2 * * *", "2026-10-25 00:00:00", 2, berlin),
              ElementsAre("10-25 02:30 +02:00", "10-26 02:30 +01:00"));
  EXPECT_THAT(Next("30 * * * *", "2026-10-25 01:00:00", 4, berlin),
              ElementsAre("10-25 01:30 +02:00", "10-25 02:30 +02:00", "10-25 02:30 +01:00", "10-25 03:30 +01:00"));
}

// Havana puts its clock from 01:00 back to 00:00, Azores from 01:00 to 00:00, Lord Howe Island by half an hour.
TEST(CronTest, EveryHourIsEveryHourWhereverTheClockChanges) {
  for (const char* name : {"America/Havana", "Atlantic/Azores", "Australia/Lord_Howe", "America/Sao_Paulo",
                           "Pacific/Apia", "Africa/Casablanca"}) {
    const absl::TimeZone zone = Zone(name);
    ASSERT_OK_AND_ASSIGN(const Cron cron, Cron::Parse("cron", "*/30 * * * *"));
    absl::Time time = At("2010-06-01 00:00:00", zone);
    for (int i = 0; i < 3 * 366 * 48; ++i) {
      const absl::Time next = cron.Next(time, zone);
      ASSERT_EQ(next - time, absl::Minutes(30)) << name << " at " << time;
      time = next;
    }
  }
}

// The next time is never before or at the one asked from, and nothing that matches lies between: against a search
// minute by minute.
TEST(CronTest, NothingThatMatchesIsPassedOver) {
  std::mt19937 random(7);
  const auto number = [&](int least, int most) { return std::uniform_int_distribution<int>(least, most)(random); };
  const auto field = [&](int least, int most) -> std::string {
    switch (number(0, 3)) {
      case 0: return "*";
      case 1: return absl::StrCat(number(least, most));
      case 2: return absl::StrCat("*/", number(1, most));
      default: {
        const int from = number(least, most);
        return absl::StrCat(from, "-", number(from, most), ",", number(least, most));
      }
    }
  };
  for (int trial = 0; trial < 60; ++trial) {
    const std::string text = absl::StrCat(field(0, 59), " ", field(0, 23), " * * ", field(0, 6));
    ASSERT_OK_AND_ASSIGN(const Cron cron, Cron::Parse("cron", text));
    absl::Time time = absl::FromUnixSeconds(1'700'000'000 + number(0, 10'000'000));
    for (int i = 0; i < 5; ++i) {
      const absl::Time next = cron.Next(time, absl::UTCTimeZone());
      ASSERT_GT(next, time) << text;
      // Asking from just before any minute that lies between leads to the same.
      const absl::Duration between = next - time;
      const absl::Time inside = time + between * (number(0, 999) / 1000.0);
      EXPECT_EQ(cron.Next(inside, absl::UTCTimeZone()), next) << text << " from " << inside;
      EXPECT_EQ(cron.Next(next - absl::Nanoseconds(1), absl::UTCTimeZone()), next) << text;
      time = next;
    }
  }
}

}  // namespace
}  // namespace clientele::schedule
