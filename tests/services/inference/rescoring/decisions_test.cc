#include "services/inference/rescoring/decisions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/timestamps.h"

namespace clientele::inference {
namespace {

using v1::RescoreJob;
using v1::RescoreSchedule;

const absl::Time kMidnight = absl::FromUnixSeconds(1'795'651'200);  // 2026-11-26 00:00 UTC.
constexpr char kNightly[] = "tenants/acme/rescoreSchedules/nightly";

RescoreSchedule Nightly(RescoreSchedule::Overlap overlap = RescoreSchedule::OVERLAP_UNSPECIFIED) {
  RescoreSchedule schedule;
  schedule.set_name(kNightly);
  schedule.add_models("tenants/acme/models/churn");
  schedule.set_overlap(overlap);
  return schedule;
}

RescoreJob Job(const std::string& id, RescoreJob::State state, const std::string& schedule = kNightly) {
  RescoreJob job;
  job.set_name(absl::StrCat("tenants/acme/rescoreJobs/", id));
  job.set_state(state);
  job.set_rescore_schedule(schedule);
  *job.mutable_scheduled_time() = ToProto(kMidnight - absl::Hours(24));
  return job;
}

Firing Decide(const RescoreSchedule& schedule, const std::vector<RescoreJob>& jobs, bool too_late = false) {
  return DecideFiring(schedule, "nightly", {kMidnight, /*missed_before=*/2, too_late}, jobs,
                      kMidnight + absl::Minutes(3));
}

TEST(DecideFiringTest, TheSameTimeAsksForTheSameJobOfThePresent) {
  const Firing firing = Decide(Nightly(), {});
  EXPECT_EQ(firing.job_id, "nightly-20261126-000000");
  EXPECT_EQ(firing.job.state(), RescoreJob::STATE_QUEUED);
  EXPECT_EQ(firing.job.models(0), "tenants/acme/models/churn");
  EXPECT_EQ(FromProto(firing.job.scheduled_time()), kMidnight);
  EXPECT_EQ(FromProto(firing.job.feature_time()), kMidnight + absl::Minutes(3));
  EXPECT_EQ(firing.job.missed_before(), 2);
  EXPECT_TRUE(firing.replaces.empty());
}

TEST(DecideFiringTest, AJobThatHasNotEndedIsInTheWayOrMakesWay) {
  const std::vector<RescoreJob> jobs = {Job("before", RescoreJob::STATE_RUNNING)};
  const Firing skipped = Decide(Nightly(), jobs);
  EXPECT_EQ(skipped.job.state(), RescoreJob::STATE_SKIPPED);
  EXPECT_TRUE(skipped.job.has_end_time());
  EXPECT_TRUE(skipped.replaces.empty());
  const Firing replacing = Decide(Nightly(RescoreSchedule::OVERLAP_REPLACE), jobs);
  EXPECT_EQ(replacing.job.state(), RescoreJob::STATE_QUEUED);
  EXPECT_EQ(replacing.replaces, "tenants/acme/rescoreJobs/before");
  EXPECT_EQ(replacing.job.replaced_job(), replacing.replaces);
}

TEST(DecideFiringTest, ItsOwnJobAnotherSchedulesAndOneThatHasEndedAreInNobodysWay) {
  RescoreJob own = Job("nightly-20261126-000000", RescoreJob::STATE_RUNNING);
  *own.mutable_scheduled_time() = ToProto(kMidnight);
  const Firing firing =
      Decide(Nightly(), {own, Job("other", RescoreJob::STATE_RUNNING, "tenants/acme/rescoreSchedules/b"),
                         Job("ended", RescoreJob::STATE_FAILED)});
  EXPECT_EQ(firing.job.state(), RescoreJob::STATE_QUEUED);
}

TEST(DecideFiringTest, WhatIsTooLateIsMissed) {
  EXPECT_EQ(Decide(Nightly(), {}, /*too_late=*/true).job.state(), RescoreJob::STATE_MISSED);
}

std::string Chosen(const std::vector<RescoreJob>& open, const std::string& last, bool alone = false) {
  const RescoreJob* job = ChooseJob(open, last, {"me", alone}, kMidnight);
  return job == nullptr ? "" : job->name().substr(sizeof("tenants/acme/rescoreJobs/") - 1);
}

RescoreJob HeldBy(RescoreJob job, const std::string& worker, absl::Duration lease) {
  job.set_worker(worker);
  *job.mutable_lease_end_time() = ToProto(kMidnight + lease);
  return job;
}

TEST(ChooseJobTest, EachHasItsTurn) {
  const std::vector<RescoreJob> open = {Job("a", RescoreJob::STATE_RUNNING), Job("b", RescoreJob::STATE_QUEUED),
                                        Job("c", RescoreJob::STATE_QUEUED)};
  EXPECT_EQ(Chosen(open, ""), "a");
  EXPECT_EQ(Chosen(open, open[0].name()), "b");
  EXPECT_EQ(Chosen(open, open[2].name()), "a");
  EXPECT_EQ(Chosen({}, ""), "");
}

TEST(ChooseJobTest, AnothersIsTakenWhenItsLeaseIsOverOrItsHolderCannotLive) {
  const RescoreJob job = Job("a", RescoreJob::STATE_RUNNING);
  EXPECT_EQ(Chosen({HeldBy(job, "you", absl::Seconds(1))}, ""), "");
  EXPECT_EQ(Chosen({HeldBy(job, "you", absl::ZeroDuration())}, ""), "a");
  EXPECT_EQ(Chosen({HeldBy(job, "me", absl::Seconds(1))}, ""), "a");
  EXPECT_EQ(Chosen({HeldBy(job, "you", absl::Seconds(1))}, "", /*alone=*/true), "a");
}

TEST(ShardsAtOnceTest, AStepIsSome20000Customers) {
  RescoreJob job;
  EXPECT_EQ(ShardsAtOnce(job), 1) << "nobody knows yet";
  job.set_shards_done(1);
  EXPECT_EQ(ShardsAtOnce(job), 32) << "an empty shard";
  job.mutable_counts()->set_customers(2'000);
  EXPECT_EQ(ShardsAtOnce(job), 10);
  job.mutable_counts()->set_customers(5'000'000);
  EXPECT_EQ(ShardsAtOnce(job), 1);
  job.set_shards_done(255);
  EXPECT_EQ(ShardsAtOnce(job), 1);
}

}  // namespace
}  // namespace clientele::inference
