#include "services/training/schedules/firing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/base/durations.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "tests/services/training/worker/fake_peers.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using ::testing::SizeIs;
using v1::RetrainSchedule;

const absl::Time kCreated = absl::FromUnixSeconds(1'795'651'200);  // 2026-11-26 00:00 UTC.

RetrainSchedule Schedule(const std::string& cron) {
  RetrainSchedule schedule;
  schedule.set_name("tenants/acme/retrainSchedules/nightly");
  schedule.set_cron(cron);
  *schedule.mutable_spec() = testutil::ChurnSpec();
  schedule.mutable_spec()->mutable_dataset()->clear_as_of();
  *schedule.mutable_create_time() = ToProto(kCreated);
  *schedule.mutable_update_time() = ToProto(kCreated);
  return schedule;
}

TEST(FiringTest, RefusesWhatCannotBe) {
  const auto problem = [](RetrainSchedule schedule) { return FieldOf(ValidateSchedule(schedule, "schedule")); };
  RetrainSchedule schedule = Schedule("@daily");
  ASSERT_OK(ValidateSchedule(schedule, "schedule"));
  schedule.set_cron("61 * * * *");
  EXPECT_EQ(problem(schedule), "schedule.cron");
  schedule = Schedule("@daily");
  schedule.set_time_zone("Europe/Atlantis");
  EXPECT_EQ(problem(schedule), "schedule.time_zone");
  schedule = Schedule("@daily");
  *schedule.mutable_jitter() = ToSecondsProto(absl::Hours(25));
  EXPECT_EQ(problem(schedule), "schedule.jitter");
  schedule = Schedule("@daily");
  *schedule.mutable_starting_deadline() = ToSecondsProto(absl::Seconds(59));
  EXPECT_EQ(problem(schedule), "schedule.starting_deadline");
  schedule = Schedule("@daily");
  *schedule.mutable_as_of_lag() = ToSecondsProto(-absl::Seconds(1));
  EXPECT_EQ(problem(schedule), "schedule.as_of_lag");
  schedule = Schedule("@daily");
  schedule.mutable_spec()->mutable_dataset()->mutable_as_of()->set_seconds(1);
  EXPECT_EQ(problem(schedule), "schedule.spec.dataset.as_of");
  schedule = Schedule("@daily");
  schedule.mutable_spec()->clear_model();
  EXPECT_EQ(problem(schedule), "schedule.spec.model");
  schedule = Schedule("@daily");
  schedule.set_threads(-1);
  EXPECT_EQ(problem(schedule), "schedule.threads");
}

TEST(FiringTest, AsOfMovesOnWithTheSchedule) {
  RetrainSchedule schedule = Schedule("@daily");
  const NewJob job = JobOf(schedule, "nightly", kCreated);
  EXPECT_EQ(job.job_id, "nightly-20261126-000000");
  const auto& dataset = job.job.spec().dataset();
  EXPECT_EQ(FromProto(dataset.as_of()), kCreated - absl::Hours(24 * 90)) << "the label's window must have passed";
  EXPECT_FALSE(dataset.has_known_at());
  *schedule.mutable_as_of_lag() = ToSecondsProto(absl::Hours(1));
  schedule.set_known_at_scheduled_time(true);
  const NewJob known = JobOf(schedule, "nightly", kCreated);
  EXPECT_EQ(FromProto(known.job.spec().dataset().as_of()), kCreated - absl::Hours(1));
  EXPECT_EQ(FromProto(known.job.spec().dataset().known_at()), kCreated);
}

TEST(FiringTest, TheSameTimeAsksForTheSameJobAndAnotherForAnother) {
  const RetrainSchedule schedule = Schedule("@daily");
  const NewJob one = JobOf(schedule, "nightly", kCreated), again = JobOf(schedule, "nightly", kCreated);
  EXPECT_EQ(one.request_id, again.request_id);
  EXPECT_EQ(one.job.SerializeAsString(), again.job.SerializeAsString());
  EXPECT_THAT(one.request_id, SizeIs(testing::Le(64u)));
  EXPECT_NE(one.request_id, JobOf(schedule, "nightly", kCreated + absl::Hours(24)).request_id);
  RetrainSchedule made_anew = schedule;
  *made_anew.mutable_create_time() = ToProto(kCreated + absl::Seconds(1));
  EXPECT_NE(one.request_id, JobOf(made_anew, "nightly", kCreated).request_id);
}

}  // namespace
}  // namespace clientele::training
