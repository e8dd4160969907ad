// From a schedule or a wish to everybody's current scores, with real stores, registry and engine.
#include "services/inference/rescoring/rescorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "tests/services/inference/rescoring/rescoring_fixture.h"
#include "tests/services/inference/scoring/given.h"

namespace clientele::inference {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using v1::CurrentScore;
using v1::RescoreJob;
using v1::RescoreSchedule;

using RescorerTest = RescoringTest;

TEST_F(RescorerTest, EverybodyIsScoredByEveryModelAsTheEngineScores) {
  Create();
  Work(*Worker("me"));
  const RescoreJob job = Get("now");
  EXPECT_EQ(job.state(), RescoreJob::STATE_SUCCEEDED) << job.message();
  EXPECT_THAT(job.models(), ElementsAre("tenants/acme/models/churn", "tenants/acme/models/value"));
  EXPECT_EQ(job.shards_done(), 256);
  EXPECT_EQ(job.counts().customers(), 300);
  EXPECT_EQ(job.counts().scores(), 600);
  EXPECT_EQ(job.counts().errors(), 0);
  EXPECT_EQ(FromProto(customers_.last_spec.as_of()), clock_.Now());
  EXPECT_THAT(customers_.last_spec.features(), ElementsAre("plan", "recency", "visits"));

  testutil::FakeFeatures none;
  const ScoringEngine engine(*registry_, none, tiers_, score_metrics_);
  v1::ScoreRequest request;
  request.set_name("tenants/acme/models/churn");
  *request.mutable_subject()->add_features() = testutil::Number("recency", 42);
  *request.mutable_subject()->add_features() = testutil::Number("visits", 0);
  *request.mutable_subject()->add_features() = testutil::Text("plan", "pro");
  ASSERT_OK_AND_ASSIGN(const auto served, testutil::Score(engine, rpc::Call(), request));
  const CurrentScore current = ScoreOf("C42");
  EXPECT_EQ(current.score(), served.score().probability().probability());
  EXPECT_EQ(current.tier(), served.score().standing().tier());
  EXPECT_EQ(current.model_version(), "tenants/acme/models/churn/versions/1");
  EXPECT_THAT(current.reasons(), SizeIs(3));
  EXPECT_EQ(FromProto(current.feature_time()), clock_.Now());
  EXPECT_GE(current.percentile(), 0);
  EXPECT_LE(current.percentile(), 100);
  EXPECT_FALSE(current.has_previous());
}

TEST_F(RescorerTest, WhatStopsInTheMiddleGoesOnAndDoublesNothing) {
  Create();
  int chunks = 0;
  customers_.before_chunk = [&] { return ++chunks == 50 ? absl::UnavailableError("killed") : absl::OkStatus(); };
  Work(*Worker("first"));
  const RescoreJob halfway = Get("now");
  EXPECT_EQ(halfway.state(), RescoreJob::STATE_RUNNING);
  EXPECT_GT(halfway.shards_done(), 0);
  EXPECT_LT(halfway.shards_done(), 256);
  Work(*Worker("second"));
  const RescoreJob job = Get("now");
  EXPECT_EQ(job.state(), RescoreJob::STATE_SUCCEEDED);
  EXPECT_EQ(job.worker(), "second");
  EXPECT_EQ(job.counts().customers(), 300);
  EXPECT_EQ(job.counts().scores(), 600);
  EXPECT_THAT(Changes(), SizeIs(600)) << "each once";
}

TEST_F(RescorerTest, AnotherReplicaTakesOverWhenTheLeaseIsOver) {
  Create();
  customers_.before_chunk = [] { return absl::UnavailableError("killed"); };
  Work(*Worker("first", /*alone=*/false));
  EXPECT_EQ(Get("now").worker(), "first");
  customers_.before_chunk = [] { return absl::OkStatus(); };
  const auto second = Worker("second", /*alone=*/false);
  EXPECT_FALSE(second->StepJobs()) << "it may be alive";
  clock_.Advance(absl::Seconds(16));
  Work(*second);
  EXPECT_EQ(Get("now").state(), RescoreJob::STATE_SUCCEEDED);
  EXPECT_EQ(FromProto(ScoreOf("C1").feature_time()), clock_.Now() - absl::Seconds(16)) << "the job's instant";
}

TEST_F(RescorerTest, ACancelledJobStopsAndItsScoresStay) {
  Create();
  int chunks = 0;
  customers_.before_chunk = [&] {
    clock_.Advance(absl::Seconds(1));
    if (++chunks == 20) {
      EXPECT_OK(book_.CancelJob({acme_, "now"}).status());
    }
    return absl::OkStatus();
  };
  Work(*Worker("me"));
  EXPECT_EQ(Get("now").state(), RescoreJob::STATE_CANCELLED);
  EXPECT_LE(chunks, 21) << "within a second";
  EXPECT_THAT(Changes(), SizeIs(testing::AllOf(testing::Ge(30u), testing::Lt(600u))));
  EXPECT_EQ(book_.CancelJob({acme_, "now"})->state(), RescoreJob::STATE_CANCELLED) << "again: as it is";
}

TEST_F(RescorerTest, WhoMustNotBeScoredIsLeftOutAndWhatWasKnownOfThemGoes) {
  Create("one");
  Work(*Worker("me"));
  Suppress("C1");
  opt_outs_.Set(acme_, key_, key_.Of("C2"), privacy::kAllPurposes, true);
  customers_.customers.erase("C3");
  customers_.opted_out = 1;
  EXPECT_EQ(ReasonOf(scores_.Get({acme_, "churn", "C1"}).status()), "CURRENT_SCORE_NOT_FOUND") << "at once";
  EXPECT_EQ(ReasonOf(scores_.Get({acme_, "churn", "C2"}).status()), "CURRENT_SCORE_NOT_FOUND");
  clock_.Advance(absl::Hours(24));
  Create("two");
  Work(*Worker("me"));
  const RescoreJob job = Get("two");
  EXPECT_EQ(job.counts().customers(), 300);
  EXPECT_EQ(job.counts().left_out(), 6) << "two that were read, one that was not, by two models";
  EXPECT_EQ(job.counts().removed(), 6);
  for (const char* customer : {"C1", "C2", "C3"}) {
    EXPECT_FALSE(current_store_->Get({acme_, "churn", customer}).ok()) << customer;
  }
}

TEST_F(RescorerTest, WhoIsErasedWhileAChunkIsOnItsWayIsNotWritten) {
  Create();
  int chunks = 0;
  customers_.before_chunk = [&] {
    if (++chunks == 30) {
      customers_.customers.erase("C7");  // Whose row the chunk may hold.
      EXPECT_OK(scores_.Forget(
          acme_, [](absl::string_view id) { return id == "C7"; }, [](const auto&) { return absl::OkStatus(); }));
    }
    return absl::OkStatus();
  };
  const auto rescorer = Worker("me");
  Work(*rescorer);
  EXPECT_EQ(Get("now").state(), RescoreJob::STATE_RUNNING) << "the customers are read again";
  Work(*rescorer);
  EXPECT_EQ(Get("now").state(), RescoreJob::STATE_SUCCEEDED);
  EXPECT_FALSE(current_store_->Get({acme_, "churn", "C7"}).ok());
  for (const auto& change : Changes()) EXPECT_NE(change.score.customer_id(), "C7");
}

TEST_F(RescorerTest, NewRecordsMoveACustomerAndAWatcherSeesTheCrossingOnce) {
  customers_.customers["C5"] = {0, 9, "pro"};
  Create("one");
  Work(*Worker("me"));
  ASSERT_EQ(ScoreOf("C5").tier(), "low");
  v1::WatchScoresRequest request;
  request.add_models("tenants/acme/models/churn");
  request.add_entered_groups("high");
  request.add_customer_ids("C5");
  ASSERT_OK_AND_ASSIGN(const ScoreFilter filter, ScoreFilter::Of(acme_, request));
  const int64_t position = *scores_.LastChange(acme_);
  customers_.customers["C5"] = {400, 0, "basic"};
  for (const char* id : {"two", "three"}) {
    clock_.Advance(absl::Hours(24));
    Create(id);
    Work(*Worker("me"));
  }
  EXPECT_EQ(Get("two").counts().group_changes(), 2) << "by both models";
  EXPECT_EQ(Get("three").counts().group_changes(), 0);
  std::vector<CurrentScore> seen;
  int64_t last = 0;
  const auto tell = [&](v1::WatchScoresResponse response, int64_t after) {
    if (response.has_current_score()) seen.push_back(response.current_score());
    last = after;
    return after < *scores_.LastChange(acme_);
  };
  EXPECT_FALSE(scores_.Watch(acme_, filter, position, StopToken(), StopToken(), tell).ok());
  EXPECT_EQ(last, *scores_.LastChange(acme_)) << "told how far, whatever passes";
  ASSERT_THAT(seen, SizeIs(1));
  EXPECT_EQ(seen[0].previous().tier(), "low");
  EXPECT_EQ(seen[0].tier(), "high");
  EXPECT_GT(seen[0].change(), 0);
}

TEST_F(RescorerTest, ATimeIsDecidedOnceHoweverManyLook) {
  RescoreSchedule schedule;
  schedule.set_cron("@daily");
  ASSERT_OK(book_.CreateSchedule({acme_, "nightly"}, schedule, /*validate_only=*/false).status());
  const auto one = Worker("one", false), other = Worker("other", false);
  one->StepSchedules();
  EXPECT_THAT(*store_->ListJobs(acme_), SizeIs(0)) << "nothing has come due";
  clock_.Advance(absl::Hours(24));
  // The first stops between the job and the settling.
  const RescoreSchedule kept = *store_->GetSchedule(acme_, "nightly");
  const auto due = schedule::Timetable::Of(schedule::TimingOf(kept), "")->FindDue(clock_.Now());
  Firing firing = DecideFiring(kept, "nightly", *due, {}, clock_.Now());
  firing.job.set_name(FormatRescoreJob(acme_, firing.job_id));
  ASSERT_OK(store_->CreateJob(acme_, firing.job_id, Sealed(firing.job)).status());
  other->StepSchedules();
  one->StepSchedules();
  ASSERT_OK_AND_ASSIGN(const auto jobs, store_->ListJobs(acme_));
  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_EQ(jobs[0].name(), "tenants/acme/rescoreJobs/nightly-20261127-000000");
  EXPECT_EQ(store_->GetSchedule(acme_, "nightly")->last_run().rescore_job(), jobs[0].name());
  clock_.Advance(absl::Hours(24));
  one->StepSchedules();
  EXPECT_EQ(Get("nightly-20261128-000000").state(), RescoreJob::STATE_SKIPPED) << "the first has not ended";
}

TEST_F(RescorerTest, AReplacingScheduleCancelsTheJobBefore) {
  RescoreSchedule schedule;
  schedule.set_cron("@hourly");
  schedule.set_overlap(RescoreSchedule::OVERLAP_REPLACE);
  ASSERT_OK(book_.CreateSchedule({acme_, "hourly"}, schedule, false).status());
  const auto rescorer = Worker("me");
  for (int hour = 0; hour < 2; ++hour) {
    clock_.Advance(absl::Hours(1));
    rescorer->StepSchedules();
  }
  EXPECT_EQ(Get("hourly-20261126-010000").state(), RescoreJob::STATE_CANCELLED);
  EXPECT_EQ(Get("hourly-20261126-020000").replaced_job(), "tenants/acme/rescoreJobs/hourly-20261126-010000");
  Work(*rescorer);
  EXPECT_EQ(Get("hourly-20261126-020000").state(), RescoreJob::STATE_SUCCEEDED);
}

TEST_F(RescorerTest, ATenantWithoutAModelAndAJobThatCannotBeFail) {
  const TenantId empty = *TenantId::Parse("empty");
  ASSERT_OK(book_.CreateJob(empty, "now", {}).status());
  Work(*Worker("me"));
  const auto job = store_->GetJob(empty, "now");
  EXPECT_EQ(job->state(), RescoreJob::STATE_FAILED);
  EXPECT_THAT(job->message(), testing::HasSubstr("no model"));
  RescoreJob wanted;
  wanted.add_models("tenants/acme/models/none");
  EXPECT_EQ(ReasonOf(book_.CreateJob(acme_, "", wanted).status()), "MODEL_NOT_FOUND");
  RescoreSchedule schedule;
  schedule.set_cron("never");
  EXPECT_EQ(FieldOf(book_.CreateSchedule({acme_, "a"}, schedule, false).status()), "rescore_schedule.cron");
}

TEST_F(RescorerTest, ScoresInTheBackgroundFromStartToStop) {
  const auto rescorer = Worker("me");
  rescorer->Start();
  Create();
  for (int i = 0; i < 1'000 && !storage::HasEnded(Get("now")); ++i) absl::SleepFor(absl::Milliseconds(10));
  rescorer->Stop();
  EXPECT_EQ(Get("now").state(), RescoreJob::STATE_SUCCEEDED);
}

}  // namespace
}  // namespace clientele::inference
