#include "common/quota/usage_book.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "common/base/error.h"
#include "common/quota/meter.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::quota {
namespace {

using testutil::IsOk;
using testutil::StatusIs;

const absl::Time kMorning = absl::FromCivil(absl::CivilHour(2026, 11, 26, 9), absl::UTCTimeZone());
constexpr absl::Duration kDay = absl::Hours(24);

Usage Used(int64_t calls, int64_t rows, absl::Duration job_cpu = absl::ZeroDuration()) {
  Usage usage;
  usage.calls = calls;
  usage.rows = rows;
  usage.job_cpu = job_cpu;
  return usage;
}
Standing Keeps(absl::string_view) {
  return {.stored_records = 7, .stored_bytes = 70, .models = 1, .model_versions = 2};
}

TEST(UsageBookTest, ADayGrowsByWhatTheTotalsDo) {
  const testutil::TempDir dir;
  ASSERT_OK_AND_ASSIGN(const auto book, UsageBook::Open(dir.File("usage"), kMorning));
  EXPECT_THAT(book->Record(kMorning, {{"acme", Used(2, 20)}}, Keeps), IsOk());
  EXPECT_THAT(book->Record(kMorning + absl::Hours(1), {{"acme", Used(5, 50)}, {"beta", Used(1, 1)}}, Keeps), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto days, book->Days("acme", 400));
  ASSERT_EQ(days.size(), 1u);
  EXPECT_EQ(days[0].day(), "2026-11-26");
  EXPECT_EQ(days[0].call_count(), 5);
  EXPECT_EQ(days[0].row_count(), 50);
  EXPECT_EQ(days[0].stored_record_count(), 7);
  EXPECT_EQ(days[0].stored_bytes(), 70);
  EXPECT_EQ(days[0].model_count(), 1);
  EXPECT_EQ(days[0].model_version_count(), 2);
  EXPECT_EQ(book->Days("beta", 1)->size(), 1u);
  EXPECT_TRUE(book->Days("ghost", 400)->empty());
}

TEST(UsageBookTest, WhatIsWrittenOutlivesTheProcessAndWhatIsNotIsLost) {
  const testutil::TempDir dir;
  {
    ASSERT_OK_AND_ASSIGN(const auto book, UsageBook::Open(dir.path(), kMorning));
    EXPECT_THAT(book->Record(kMorning, {{"acme", Used(2, 20, absl::Seconds(30))}}, Keeps), IsOk());
    EXPECT_THAT(book->Write(), IsOk());
    EXPECT_THAT(book->Record(kMorning, {{"acme", Used(9, 90)}}, Keeps), IsOk());
  }
  ASSERT_OK_AND_ASSIGN(const auto book, UsageBook::Open(dir.path(), kMorning + absl::Hours(2)));
  EXPECT_EQ(book->Days("acme", 1)->front().call_count(), 2);
  EXPECT_EQ(book->JobCpuToday("acme"), absl::Seconds(30));
  EXPECT_THAT(book->Record(kMorning + absl::Hours(3), {{"acme", Used(3, 30)}}, Keeps), IsOk());
  EXPECT_EQ(book->Days("acme", 1)->front().call_count(), 5) << "a new process counts from 0";
}

TEST(UsageBookTest, AtMidnightTheDayThatIsOverIsWritten) {
  const testutil::TempDir dir;
  ASSERT_OK_AND_ASSIGN(const auto book, UsageBook::Open(dir.path(), kMorning));
  EXPECT_THAT(book->Record(kMorning, {{"acme", Used(2, 20)}}, Keeps), IsOk());
  EXPECT_THAT(book->Record(kMorning + kDay, {{"acme", Used(10, 100)}}, Keeps), IsOk());
  EXPECT_TRUE(std::filesystem::exists(dir.File("2026-11-26.usage")));
  EXPECT_THAT(book->Record(kMorning, {{"acme", Used(11, 110)}}, Keeps), IsOk()) << "a clock that goes back";
  ASSERT_OK_AND_ASSIGN(const auto days, book->Days("acme", 2));
  ASSERT_EQ(days.size(), 2u);
  EXPECT_EQ(days[0].day(), "2026-11-27");
  EXPECT_EQ(days[0].call_count(), 9);
  EXPECT_EQ(days[1].call_count(), 2);
  EXPECT_EQ(book->Days("acme", 1)->size(), 1u);
}

TEST(UsageBookTest, DaysAreKeptFor400Days) {
  const testutil::TempDir dir;
  ASSERT_OK_AND_ASSIGN(const auto book, UsageBook::Open(dir.path(), kMorning));
  dir.Write("notes.txt", "not a day");
  for (const int day : {0, 1, 2, 400, 401}) {
    EXPECT_THAT(book->Record(kMorning + day * kDay, {{"acme", Used(day + 1, 0)}}, Keeps), IsOk());
  }
  EXPECT_THAT(book->Write(), IsOk());
  EXPECT_FALSE(std::filesystem::exists(dir.File("2026-11-27.usage")));
  EXPECT_TRUE(std::filesystem::exists(dir.File("2026-11-28.usage")));
  EXPECT_TRUE(std::filesystem::exists(dir.File("notes.txt")));
  EXPECT_EQ(book->Days("acme", 400)->size(), 3u);
}

TEST(UsageBookTest, ADamagedDayIsTold) {
  const testutil::TempDir dir;
  dir.Write("2026-11-26.usage", "\xff\xff");
  const auto book = UsageBook::Open(dir.path(), kMorning);
  EXPECT_THAT(book, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(ReasonOf(book.status()), "STORAGE_FAILED");
}

TEST(UsageBookTest, AMeterWritesItWhenItEndsAndRemembersTheJobsOfTheDay) {
  const testutil::TempDir dir;
  testutil::ManualClock clock(kMorning);
  const MeterOptions options = {
      .file = dir.Write("quotas.json",
                        R"({"tenant_quotas": [{"name": "tenants/acme/quota", "job_cpu_seconds_per_day": 60}]})"),
      .usage_directory = dir.File("usage"),
      .usage_period = absl::Hours(1)};
  {
    observability::Metrics metrics;
    ASSERT_OK_AND_ASSIGN(const auto meter, Meter::Open(options, clock, metrics, Keeps));
    EXPECT_EQ(meter->Of("acme").JobWait(clock.Now()), absl::ZeroDuration());
    meter->Of("acme").AddJobCpu(absl::Seconds(100), clock.Now());
    EXPECT_GT(meter->Of("acme").JobWait(clock.Now()), absl::Hours(15));
    EXPECT_EQ(meter->Days("acme", 1)->front().job_cpu_seconds(), 100) << "up to now, before anything is written";
  }
  observability::Metrics metrics;
  ASSERT_OK_AND_ASSIGN(const auto meter, Meter::Open(options, clock, metrics, Keeps));
  EXPECT_GT(meter->Of("acme").JobWait(clock.Now()), absl::Hours(15));
  EXPECT_EQ(meter->Of("acme").usage().job_cpu, absl::ZeroDuration()) << "since the process began";
  ASSERT_OK_AND_ASSIGN(const auto days, meter->Days("acme", 400));
  ASSERT_EQ(days.size(), 1u);
  EXPECT_EQ(days[0].job_cpu_seconds(), 100);
}

}  // namespace
}  // namespace clientele::quota
