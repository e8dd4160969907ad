// What erasures, drift and outcomes begin, besides the calendar.
#include "tests/services/training/schedules/scheduler_fixture.h"

namespace clientele::training {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(SchedulerTest, AVersionThatIsDueForTheSakeOfAnErasureIsTrainedAnewOnceInTime) {
  RetrainSchedule schedule = Nightly("0 0 1 * *");
  *schedule.mutable_erasure_lead() = ToSecondsProto(absl::Hours(48));
  Create(schedule);
  const absl::Time due = kMidnight + absl::Hours(72);
  due_versions_.Add("acme", "tenants/acme/models/churn/versions/3", due);
  due_versions_.Add("acme", "tenants/acme/models/other/versions/1", kMidnight);
  due_versions_.Add("rival", "tenants/rival/models/churn/versions/1", kMidnight);
  StepAt(absl::Hours(23));
  EXPECT_THAT(Jobs(), IsEmpty());
  StepAt(absl::Hours(25));
  EXPECT_THAT(Jobs(), ElementsAre("nightly-due-v3"));
  ASSERT_THAT(Runs(), SizeIs(1));
  EXPECT_EQ(Runs()[0].due_version(), "tenants/acme/models/churn/versions/3");
  const auto run = launcher_.Next();
  EXPECT_EQ(FromProto(run->job().spec().dataset().as_of()), due - absl::Hours(48) - absl::Hours(24 * 90));
  run->End(v1::WorkerResult());
  Close();
  Open();
  StepAt(absl::Hours(26));
  EXPECT_THAT(Jobs(), SizeIs(1)) << "once, whether the gate took it or not";
}

TEST_F(SchedulerTest, AJobForAnErasureThatWasNotWrittenDownIsFoundAgain) {
  RetrainSchedule schedule = Nightly("0 0 1 * *");
  *schedule.mutable_erasure_lead() = ToSecondsProto(absl::Hours(48));
  Create(schedule);
  const absl::Time due = kMidnight + absl::Hours(24);
  ASSERT_OK_AND_ASSIGN(schedule, book_->Get(kName));
  ASSERT_OK(jobs_->Create(kName.tenant, JobOfDueVersion(schedule, "nightly", 3, due - absl::Hours(48))));
  due_versions_.Add("acme", "tenants/acme/models/churn/versions/3", due);
  StepAt(absl::Hours(1));
  EXPECT_THAT(Jobs(), SizeIs(1));
  EXPECT_EQ(Runs()[0].state(), ScheduleRun::STATE_STARTED);
}

TEST_F(SchedulerTest, ErasuresAreAskedForOnlyWhereAScheduleSaysSoAndNotAllTheTime) {
  Create(Nightly());
  StepAt(absl::Hours(1));
  EXPECT_EQ(due_versions_.asked, 0);
  ASSERT_OK_AND_ASSIGN(RetrainSchedule schedule, book_->Get(kName));
  *schedule.mutable_erasure_lead() = ToSecondsProto(absl::Hours(48));
  ASSERT_OK(book_->Replace(kName, schedule));
  due_versions_.status = absl::UnavailableError("inference is away");
  StepAt(absl::Hours(1.5));
  StepAt(absl::Hours(1.5) + absl::Minutes(5));
  EXPECT_EQ(due_versions_.asked, 1);
  due_versions_.status = absl::OkStatus();
  due_versions_.Add("acme", "tenants/acme/models/churn/versions/3", kMidnight);
  StepAt(absl::Hours(1.5) + absl::Minutes(11));
  EXPECT_EQ(due_versions_.asked, 2);
  EXPECT_THAT(Jobs(), SizeIs(1));
}

TEST_F(SchedulerTest, AChampionThatHasDriftedIsTrainedAnewOnceWhateverBecomesOfIt) {
  RetrainSchedule schedule = Nightly("0 0 1 * *");
  schedule.mutable_drift_trigger()->set_feature_threshold(0.25);
  Create(schedule);
  StepAt(absl::Hours(1));
  EXPECT_EQ(measures_.asked, 1);
  EXPECT_THAT(Jobs(), IsEmpty()) << "there is no champion";
  measures_.Publish(3, kMidnight);
  measures_.index = 0.24;
  StepAt(absl::Hours(2));
  EXPECT_THAT(Jobs(), IsEmpty());
  measures_.index = 0.4;
  StepAt(absl::Hours(3));
  EXPECT_THAT(Jobs(), ElementsAre("nightly-drift-v3"));
  ASSERT_THAT(Runs(), SizeIs(1));
  const v1::DriftFinding drift = Runs()[0].drift();
  EXPECT_EQ(drift.model_version(), "tenants/acme/models/churn/versions/3");
  EXPECT_EQ(drift.feature(), "recency");
  EXPECT_EQ(drift.population_stability_index(), 0.4);
  EXPECT_EQ(drift.threshold(), 0.25);
  EXPECT_EQ(drift.rows(), 5'000);
  const auto run = launcher_.Next();
  EXPECT_EQ(FromProto(run->job().spec().dataset().as_of()), kMidnight + absl::Hours(3) - absl::Hours(24 * 90));
  run->End(v1::WorkerResult());
  AwaitEnd("nightly-drift-v3");
  Close();
  Open();
  StepAt(absl::Hours(24 * 8));
  EXPECT_THAT(Jobs(), SizeIs(1)) << "the champion stayed, and its drift is answered";
  measures_.Publish(4, kMidnight + absl::Hours(24 * 8));
  measures_.index = 0.4;
  StepAt(absl::Hours(24 * 9));
  EXPECT_THAT(Jobs(), ElementsAre("nightly-drift-v4", "nightly-drift-v3"));
}

TEST_F(SchedulerTest, BetweenTwoTriggeredRunsLiesTheInterval) {
  RetrainSchedule schedule = Nightly("0 0 1 * *");
  schedule.mutable_drift_trigger()->set_feature_threshold(0.25);
  *schedule.mutable_trigger_interval() = ToSecondsProto(absl::Hours(24));
  Create(schedule);
  measures_.Publish(1, kMidnight);
  measures_.index = 1;
  StepAt(absl::Hours(1));
  launcher_.Next()->End(v1::WorkerResult());
  AwaitEnd("nightly-drift-v1");
  measures_.Publish(2, kMidnight + absl::Hours(2));
  measures_.index = 1;
  const int asked = measures_.asked;
  StepAt(absl::Hours(24));
  EXPECT_THAT(Jobs(), SizeIs(1));
  EXPECT_EQ(measures_.asked, asked) << "what cannot begin a run is not asked for";
  StepAt(absl::Hours(25.5));
  EXPECT_THAT(Jobs(), SizeIs(2));
}

TEST_F(SchedulerTest, EverySoManyOutcomesTheChampionHadNotSeenBeginARun) {
  RetrainSchedule schedule = Nightly("0 0 1 * *");
  schedule.mutable_outcome_trigger()->set_new_outcomes(1'000);
  *schedule.mutable_trigger_interval() = ToSecondsProto(absl::Hours(1));
  Create(schedule);
  measures_.Publish(7, kMidnight - absl::Hours(1));
  *measures_.champion->mutable_spec()->mutable_dataset()->mutable_as_of() = ToProto(kMidnight - absl::Hours(99));
  measures_.outcomes = 999;
  StepAt(absl::Hours(1));
  EXPECT_EQ(measures_.outcomes_since, kMidnight - absl::Hours(99));
  StepAt(absl::Hours(1.5));
  EXPECT_EQ(measures_.outcomes_asked, 1) << "once an hour";
  EXPECT_THAT(Jobs(), IsEmpty());
  measures_.outcomes = 1'001;
  StepAt(absl::Hours(2.5));
  EXPECT_THAT(Jobs(), ElementsAre("nightly-outcomes-v7-1000"));
  EXPECT_EQ(Runs()[0].outcomes().outcomes(), 1'001);
  EXPECT_EQ(FromProto(Runs()[0].outcomes().since()), kMidnight - absl::Hours(99));
  launcher_.Next()->End(v1::WorkerResult());
  AwaitEnd("nightly-outcomes-v7-1000");
  measures_.outcomes = 1'999;
  StepAt(absl::Hours(4));
  EXPECT_THAT(Jobs(), SizeIs(1));
  measures_.outcomes = 2'000;
  StepAt(absl::Hours(5.5));
  EXPECT_THAT(Jobs(), ElementsAre("nightly-outcomes-v7-2000", "nightly-outcomes-v7-1000"));
}

// Another replica found the same a moment ago: the job's instants are not those that this one would give it.
TEST_F(SchedulerTest, AJobByDriftThatWasNotWrittenDownIsFoundAgain) {
  RetrainSchedule schedule = Nightly("0 0 1 * *");
  schedule.mutable_drift_trigger()->set_feature_threshold(0.25);
  Create(schedule);
  ASSERT_OK_AND_ASSIGN(schedule, book_->Get(kName));
  ASSERT_OK(jobs_->Create(kName.tenant, JobOfTrigger(schedule, "nightly", "drift-v3", kMidnight)));
  measures_.Publish(3, kMidnight - absl::Hours(1));
  measures_.index = 1;
  StepAt(absl::Hours(1));
  EXPECT_THAT(Jobs(), SizeIs(1));
  ASSERT_THAT(Runs(), SizeIs(1));
  EXPECT_EQ(Runs()[0].state(), ScheduleRun::STATE_STARTED);
  EXPECT_EQ(Runs()[0].training_job(), "tenants/acme/trainingJobs/nightly-drift-v3");
}

TEST_F(SchedulerTest, WhatDriftAsksForWaitsForTheJobBeforeAndForInference) {
  RetrainSchedule schedule = Nightly("@hourly");
  schedule.mutable_drift_trigger()->set_feature_threshold(0.25);
  Create(schedule);
  StepAt(absl::Hours(1));
  const auto by_calendar = launcher_.Next();
  measures_.Publish(1, kMidnight);
  measures_.index = 1;
  StepAt(absl::Hours(1.5));
  EXPECT_THAT(Jobs(), SizeIs(1));
  by_calendar->End(v1::WorkerResult());
  AwaitEnd("nightly-20261126-010000");
  measures_.status = absl::UnavailableError("inference is away");
  StepAt(absl::Hours(1.7));
  EXPECT_THAT(Jobs(), SizeIs(1));
  measures_.status = absl::OkStatus();
  StepAt(absl::Hours(1.9));
  EXPECT_THAT(Jobs(), SizeIs(2));
}

TEST_F(SchedulerTest, ATriggerThatCannotBeIsRefusedByItsField) {
  RetrainSchedule schedule = Nightly();
  schedule.mutable_drift_trigger()->set_score_threshold(0.01);
  EXPECT_EQ(FieldOf(book_->Create(kName, schedule, /*validate_only=*/true).status()),
            "retrain_schedule.drift_trigger.score_threshold");
}

}  // namespace
}  // namespace clientele::training
