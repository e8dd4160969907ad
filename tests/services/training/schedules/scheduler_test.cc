// Times of the calendar.
#include "tests/services/training/schedules/scheduler_fixture.h"

namespace clientele::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(SchedulerTest, MakesAJobWhenItsTimeHasComeAndOnlyOne) {
  Create(Nightly());
  StepAt(absl::Hours(2));
  EXPECT_THAT(Jobs(), IsEmpty());
  StepAt(absl::Hours(2.5));
  StepAt(absl::Hours(3));
  EXPECT_THAT(Jobs(), ElementsAre("nightly-20261126-023000"));
  ASSERT_THAT(Runs(), SizeIs(1));
  EXPECT_EQ(Runs()[0].state(), ScheduleRun::STATE_STARTED);
  EXPECT_EQ(Runs()[0].training_job(), "tenants/acme/trainingJobs/nightly-20261126-023000");
  EXPECT_EQ(FromProto(Runs()[0].scheduled_time()), kMidnight + absl::Hours(2.5));
  const auto run = launcher_.Next();
  EXPECT_EQ(FromProto(run->job().spec().dataset().as_of()), kMidnight + absl::Hours(2.5) - absl::Hours(24 * 90));
  run->End(v1::WorkerResult());
  ASSERT_OK_AND_ASSIGN(const RetrainSchedule told, book_->Get(kName));
  EXPECT_EQ(told.last_run().training_job(), Runs()[0].training_job());
  ASSERT_EQ(told.next_run_times_size(), 5);
  EXPECT_EQ(FromProto(told.next_run_times(0)), kMidnight + absl::Hours(26.5));
}

TEST_F(SchedulerTest, ATimeThatWasDecidedIsNotDecidedAgainAfterARestart) {
  Create(Nightly());
  StepAt(absl::Hours(2.5));
  Close();
  Open();
  StepAt(absl::Hours(2.6));
  EXPECT_THAT(Jobs(), SizeIs(1));
  EXPECT_THAT(Runs(), SizeIs(1));
}

// The crash between the making of the job and the writing down of it.
TEST_F(SchedulerTest, AJobThatWasMadeAndNotWrittenDownIsFoundAgain) {
  Create(Nightly());
  ASSERT_OK_AND_ASSIGN(const RetrainSchedule schedule, book_->Get(kName));
  ASSERT_OK(jobs_->Create(kName.tenant, JobOf(schedule, "nightly", kMidnight + absl::Hours(2.5))));
  StepAt(absl::Hours(2.6));
  EXPECT_THAT(Jobs(), SizeIs(1));
  ASSERT_THAT(Runs(), SizeIs(1));
  EXPECT_EQ(Runs()[0].state(), ScheduleRun::STATE_STARTED);
}

TEST_F(SchedulerTest, AfterAPauseOfTheServiceTheNewestTimeStandsForTheOthers) {
  Create(Nightly("@hourly"));
  StepAt(absl::Hours(5.5));
  EXPECT_THAT(Jobs(), ElementsAre("nightly-20261126-050000"));
  EXPECT_EQ(Runs()[0].missed_before(), 4);
}

TEST_F(SchedulerTest, WhatCannotBeginInTimeIsMissed) {
  RetrainSchedule schedule = Nightly();
  *schedule.mutable_starting_deadline() = ToSecondsProto(absl::Hours(1));
  Create(schedule);
  StepAt(absl::Hours(4));
  EXPECT_THAT(Jobs(), IsEmpty());
  ASSERT_THAT(Runs(), SizeIs(1));
  EXPECT_EQ(Runs()[0].state(), ScheduleRun::STATE_MISSED);
}

TEST_F(SchedulerTest, WhileTheJobBeforeRunsTheNextIsSkipped) {
  Create(Nightly("@hourly"));
  StepAt(absl::Hours(1));
  const auto first = launcher_.Next();
  StepAt(absl::Hours(2));
  StepAt(absl::Hours(3));
  EXPECT_THAT(Jobs(), SizeIs(1));
  ASSERT_THAT(Runs(), SizeIs(3));
  EXPECT_EQ(Runs()[0].state(), ScheduleRun::STATE_SKIPPED);
  EXPECT_EQ(Runs()[0].training_job(), "tenants/acme/trainingJobs/nightly-20261126-010000");
  first->End(v1::WorkerResult());
  AwaitEnd("nightly-20261126-010000");
  StepAt(absl::Hours(4));
  EXPECT_EQ(Runs()[0].state(), ScheduleRun::STATE_STARTED);
}

TEST_F(SchedulerTest, OrTheNextTakesThePlaceOfTheJobBefore) {
  RetrainSchedule schedule = Nightly("@hourly");
  schedule.set_overlap(RetrainSchedule::OVERLAP_REPLACE);
  Create(schedule);
  StepAt(absl::Hours(1));
  launcher_.Next();
  StepAt(absl::Hours(2));
  ASSERT_THAT(Runs(), SizeIs(2));
  EXPECT_EQ(Runs()[0].state(), ScheduleRun::STATE_STARTED);
  EXPECT_EQ(Runs()[0].replaced_job(), Runs()[1].training_job());
  ASSERT_OK_AND_ASSIGN(const auto replaced, jobs_->Get({kName.tenant, "nightly-20261126-010000"}));
  EXPECT_EQ(replaced.state(), v1::TrainingJob::STATE_CANCELLED);
}

TEST_F(SchedulerTest, AFullQueueIsTriedAgain) {
  Close();
  Open(/*max_queued=*/1);
  Create(Nightly());
  NewJob other;
  other.job.mutable_spec()->CopyFrom(testutil::ChurnSpec());
  ASSERT_OK(jobs_->Create(kName.tenant, other));
  const auto running = launcher_.Next();
  ASSERT_OK(jobs_->Create(kName.tenant, other));
  StepAt(absl::Hours(2.5));
  EXPECT_THAT(Runs(), IsEmpty());
  running->End(v1::WorkerResult());
  launcher_.Next();
  StepAt(absl::Hours(2.6));
  ASSERT_THAT(Runs(), SizeIs(1));
  EXPECT_EQ(Runs()[0].state(), ScheduleRun::STATE_STARTED);
}

TEST_F(SchedulerTest, AJobThatCannotBeIsRefusedOnceAndToldWhy) {
  Create(Nightly());
  NewJob in_the_way;
  in_the_way.job_id = "nightly-20261126-023000";
  in_the_way.job.mutable_spec()->CopyFrom(testutil::ChurnSpec());
  ASSERT_OK(jobs_->Create(kName.tenant, in_the_way));
  StepAt(absl::Hours(2.5));
  ASSERT_THAT(Runs(), SizeIs(1));
  EXPECT_EQ(Runs()[0].state(), ScheduleRun::STATE_REFUSED);
  EXPECT_THAT(Runs()[0].message(), HasSubstr("nightly-20261126-023000"));
}

TEST_F(SchedulerTest, AScheduleThatIsChangedPausedOrDeletedIsKeptAsItIsNow) {
  Create(Nightly());
  ASSERT_OK_AND_ASSIGN(RetrainSchedule schedule, book_->Get(kName));
  schedule.set_paused(true);
  ASSERT_OK_AND_ASSIGN(schedule, book_->Replace(kName, schedule));
  EXPECT_THAT(schedule.next_run_times(), IsEmpty());
  StepAt(absl::Hours(3));
  EXPECT_THAT(Jobs(), IsEmpty());
  const std::string old_etag = schedule.etag();
  schedule.set_paused(false);
  schedule.set_cron("0 4 * * *");
  ASSERT_OK_AND_ASSIGN(schedule, book_->Replace(kName, schedule));
  EXPECT_NE(schedule.etag(), old_etag);
  schedule.set_etag(old_etag);
  EXPECT_EQ(ReasonOf(book_->Replace(kName, schedule).status()), "ETAG_MISMATCH");
  StepAt(absl::Hours(4));
  EXPECT_THAT(Jobs(), ElementsAre("nightly-20261126-040000"));
  EXPECT_EQ(ReasonOf(book_->Delete(kName, old_etag)), "ETAG_MISMATCH");
  ASSERT_OK(book_->Delete(kName, ""));
  StepAt(absl::Hours(30));
  EXPECT_THAT(Jobs(), SizeIs(1));
  EXPECT_EQ(ReasonOf(book_->Get(kName).status()), "SCHEDULE_NOT_FOUND");
}

TEST_F(SchedulerTest, OnlyCheckingCreatesNothing) {
  ASSERT_OK_AND_ASSIGN(const RetrainSchedule checked, book_->Create(kName, Nightly(), /*validate_only=*/true));
  EXPECT_EQ(checked.next_run_times_size(), 5);
  EXPECT_THAT(book_->List(kName.tenant, "", 10), IsEmpty());
  Create(Nightly());
  EXPECT_EQ(ReasonOf(book_->Create(kName, Nightly(), false).status()), "SCHEDULE_EXISTS");
  EXPECT_THAT(book_->List(kName.tenant, "", 10), SizeIs(1));
  EXPECT_THAT(book_->List(kName.tenant, "nightly", 10), IsEmpty());
  EXPECT_THAT(book_->List(*TenantId::Parse("rival"), "", 10), IsEmpty());
}

TEST_F(SchedulerTest, ItsOwnThreadWakesForANewSchedule) {
  scheduler_->Start();
  clock_.Set(kMidnight - absl::Minutes(2));
  Create(Nightly("* * * * *"));
  clock_.Set(kMidnight);
  book_->Wake();
  EXPECT_EQ(launcher_.Next()->job().name(), "tenants/acme/trainingJobs/nightly-20261126-000000");
  scheduler_->Stop();
}

}  // namespace
}  // namespace clientele::training
