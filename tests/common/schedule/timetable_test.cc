#include "common/schedule/timetable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "clientele/training/v1/schedule_service.pb.h"
#include "common/base/error.h"
#include "tests/testing/status_matchers.h"

namespace clientele::schedule {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kCreated = absl::FromUnixSeconds(1'795'651'200);  // 2026-11-26 00:00 UTC.

Timing Every(const std::string& cron) {
  return {.name = "tenants/acme/retrainSchedules/nightly", .cron = cron, .settled = kCreated};
}

std::optional<DueTime> FindDue(const Timing& timing, absl::Duration since_created) {
  const auto timetable = Timetable::Of(timing, "schedule");
  EXPECT_OK(timetable);
  return timetable->FindDue(kCreated + since_created);
}

TEST(TimetableTest, NothingIsDueBeforeItsTime) {
  const Timing timing = Every("30 2 * * *");
  EXPECT_FALSE(FindDue(timing, absl::Hours(2) + absl::Minutes(30) - absl::Nanoseconds(1)).has_value());
  const auto due = FindDue(timing, absl::Hours(2) + absl::Minutes(30));
  ASSERT_TRUE(due.has_value());
  EXPECT_EQ(due->scheduled, kCreated + absl::Hours(2) + absl::Minutes(30));
  EXPECT_EQ(due->missed_before, 0);
  EXPECT_FALSE(due->too_late);
}

TEST(TimetableTest, WhatIsSettledOrPausedIsNotDue) {
  Timing timing = Every("@hourly");
  timing.settled = kCreated + absl::Hours(2);
  EXPECT_FALSE(FindDue(timing, absl::Hours(2.5)).has_value());
  EXPECT_TRUE(FindDue(timing, absl::Hours(3)).has_value());
  timing.paused = true;
  EXPECT_FALSE(FindDue(timing, absl::Hours(3)).has_value());
  timing.paused = false;
  timing.settled = kCreated + absl::Hours(3.5);
  EXPECT_FALSE(FindDue(timing, absl::Hours(3.9)).has_value()) << "what came due before a change is not made up for";
  EXPECT_TRUE(FindDue(timing, absl::Hours(4)).has_value());
}

TEST(TimetableTest, OfSeveralThatCameDueTheNewestStandsForAll) {
  const auto due = FindDue(Every("@hourly"), absl::Hours(7.5));
  ASSERT_TRUE(due.has_value());
  EXPECT_EQ(due->scheduled, kCreated + absl::Hours(7));
  EXPECT_EQ(due->missed_before, 6);
  EXPECT_FALSE(due->too_late);
}

TEST(TimetableTest, AYearOfMinutesIsLookedThroughQuicklyAndTheNewestIsFound) {
  const absl::Duration year = absl::Hours(24 * 365);
  const auto due = FindDue(Every("* * * * *"), year + absl::Seconds(30));
  ASSERT_TRUE(due.has_value());
  EXPECT_EQ(due->scheduled, kCreated + year);
  EXPECT_EQ(due->missed_before, 1'000);
}

TEST(TimetableTest, WhatIsTooLateSaysSo) {
  Timing timing = Every("0 0 1 * *");  // 1 December.
  EXPECT_FALSE(FindDue(timing, absl::Hours(24 * 5 - 1)).has_value());
  EXPECT_TRUE(FindDue(timing, absl::Hours(24 * 5 + 1)).has_value());
  timing.starting_deadline = absl::Minutes(10);
  EXPECT_FALSE(FindDue(timing, absl::Hours(24 * 5) + absl::Minutes(10))->too_late);
  EXPECT_TRUE(FindDue(timing, absl::Hours(24 * 5) + absl::Minutes(11))->too_late);
}

TEST(TimetableTest, JitterPutsOffAllTimesOfAScheduleAlike) {
  Timing timing = Every("@daily");
  timing.jitter = absl::Hours(1);
  ASSERT_OK_AND_ASSIGN(const Timetable timetable, Timetable::Of(timing, "schedule"));
  EXPECT_GT(timetable.delay(), absl::ZeroDuration());
  EXPECT_LT(timetable.delay(), absl::Hours(1));
  const absl::Time day = kCreated + absl::Hours(24);
  EXPECT_FALSE(timetable.FindDue(day + timetable.delay() - absl::Seconds(1)).has_value());
  EXPECT_EQ(timetable.FindDue(day + timetable.delay())->scheduled, day) << "as_of is of the time itself";
  EXPECT_THAT(timetable.Starts(kCreated, 2),
              ElementsAre(day + timetable.delay(), day + absl::Hours(24) + timetable.delay()));
  timing.name = "tenants/acme/retrainSchedules/other";
  EXPECT_NE(Timetable::Of(timing, "schedule")->delay(), timetable.delay());
  timing.paused = true;
  EXPECT_THAT(Timetable::Of(timing, "schedule")->Starts(kCreated, 2), IsEmpty());
}

TEST(TimetableTest, RefusesWhatCannotBe) {
  const auto problem = [](const Timing& timing) { return FieldOf(Timetable::Of(timing, "schedule").status()); };
  EXPECT_EQ(problem(Every("61 * * * *")), "schedule.cron");
  Timing timing = Every("@daily");
  timing.time_zone = "Europe/Atlantis";
  EXPECT_EQ(problem(timing), "schedule.time_zone");
  timing = Every("@daily");
  timing.jitter = absl::Hours(25);
  EXPECT_EQ(problem(timing), "schedule.jitter");
  timing = Every("@daily");
  timing.starting_deadline = absl::Seconds(59);
  EXPECT_EQ(problem(timing), "schedule.starting_deadline");
}

TEST(TimingTest, WhatCameDueBeforeAChangeIsSettledAsIsTheLastRun) {
  training::v1::RetrainSchedule schedule;
  schedule.set_name("tenants/acme/retrainSchedules/nightly");
  *schedule.mutable_update_time() = ToProto(kCreated);
  EXPECT_EQ(TimingOf(schedule).settled, kCreated);
  *schedule.mutable_last_run()->mutable_scheduled_time() = ToProto(kCreated + absl::Hours(2));
  EXPECT_EQ(TimingOf(schedule).settled, kCreated + absl::Hours(2));
  *schedule.mutable_update_time() = ToProto(kCreated + absl::Hours(3));
  EXPECT_EQ(TimingOf(schedule).settled, kCreated + absl::Hours(3));
}

TEST(FiringIdTest, IsTheSameForTheSameTimeWhereverItIs) {
  EXPECT_EQ(FiringId("nightly", kCreated), "nightly-20261126-000000");
}

}  // namespace
}  // namespace clientele::schedule
