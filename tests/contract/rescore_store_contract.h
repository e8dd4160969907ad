// What every RescoreStore promises. A backend instantiates it with one line:
//
//   INSTANTIATE_TEST_SUITE_P(RocksDb, RescoreStoreContract, ::testing::Values(&OpenRocks));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/timestamps.h"
#include "common/storage/rescore_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::storage {

// How a backend is opened on a place that keeps its data: opened again, it has what was there.
using OpenRescoreStore = std::function<absl::StatusOr<std::unique_ptr<RescoreStore>>(const std::string& place)>;

class RescoreStoreContract : public ::testing::TestWithParam<OpenRescoreStore> {
 protected:
  using RescoreJob = inference::v1::RescoreJob;
  using RescoreSchedule = inference::v1::RescoreSchedule;

  void SetUp() override { Open(); }
  void Open() {
    store_.reset();
    ASSERT_OK_AND_ASSIGN(store_, GetParam()(directory_.path()));
  }
  static TenantId Tenant(absl::string_view id = "acme") { return *TenantId::Parse(id); }
  static RescoreSchedule Schedule(absl::string_view id, const std::string& etag, const TenantId& tenant = Tenant()) {
    RescoreSchedule schedule;
    schedule.set_name(FormatRescoreSchedule(tenant, id));
    schedule.set_etag(etag);
    return schedule;
  }
  static RescoreSchedule::Run Run(int second) {
    RescoreSchedule::Run run;
    run.mutable_scheduled_time()->set_seconds(second);
    run.set_rescore_job(absl::StrCat("tenants/acme/rescoreJobs/nightly-", second));
    return run;
  }
  static RescoreJob Job(absl::string_view id, int second, RescoreJob::State state, const std::string& etag = "a",
                        const TenantId& tenant = Tenant()) {
    RescoreJob job;
    job.set_name(FormatRescoreJob(tenant, id));
    job.set_state(state);
    job.set_etag(etag);
    job.mutable_feature_time()->set_seconds(second);
    return job;
  }
  static std::vector<std::string> Names(const std::vector<RescoreJob>& jobs) {
    std::vector<std::string> names;
    for (const RescoreJob& job : jobs) names.push_back(job.name());
    return names;
  }

  testutil::TempDir directory_;
  std::unique_ptr<RescoreStore> store_;
};

using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST_P(RescoreStoreContract, ASchedulesEtagGuardsItsChanges) {
  ASSERT_OK(store_->CreateSchedule(Tenant(), "nightly", Schedule("nightly", "1")));
  EXPECT_EQ(ReasonOf(store_->CreateSchedule(Tenant(), "nightly", Schedule("nightly", "2"))), "SCHEDULE_EXISTS");
  EXPECT_EQ(ReasonOf(store_->ReplaceSchedule(Tenant(), "nightly", "0", Schedule("nightly", "2"))), "ETAG_MISMATCH");
  ASSERT_OK(store_->ReplaceSchedule(Tenant(), "nightly", "1", Schedule("nightly", "2")));
  Open();
  EXPECT_EQ(store_->GetSchedule(Tenant(), "nightly")->etag(), "2");
  EXPECT_EQ(ReasonOf(store_->DeleteSchedule(Tenant(), "nightly", "1")), "ETAG_MISMATCH");
  ASSERT_OK(store_->DeleteSchedule(Tenant(), "nightly", "2"));
  EXPECT_EQ(ReasonOf(store_->GetSchedule(Tenant(), "nightly").status()), "SCHEDULE_NOT_FOUND");
  EXPECT_EQ(ReasonOf(store_->ReplaceSchedule(Tenant(), "nightly", "2", Schedule("nightly", "3"))),
            "SCHEDULE_NOT_FOUND");
}

TEST_P(RescoreStoreContract, ATimeIsSettledOnceAndSurvivesAChangeOfTheSchedule) {
  ASSERT_OK(store_->CreateSchedule(Tenant(), "nightly", Schedule("nightly", "1")));
  ASSERT_OK(store_->SettleSchedule(Tenant(), "nightly", Run(200)));
  ASSERT_OK(store_->SettleSchedule(Tenant(), "nightly", Run(100))) << "late news of an earlier time";
  ASSERT_OK(store_->ReplaceSchedule(Tenant(), "nightly", "1", Schedule("nightly", "2")));
  EXPECT_EQ(store_->GetSchedule(Tenant(), "nightly")->last_run().scheduled_time().seconds(), 200);
  EXPECT_EQ(ReasonOf(store_->SettleSchedule(Tenant(), "weekly", Run(100))), "SCHEDULE_NOT_FOUND");
}

TEST_P(RescoreStoreContract, ListsTheSchedulesOfAllTenants) {
  ASSERT_OK(store_->CreateSchedule(Tenant("other"), "a", Schedule("a", "1", Tenant("other"))));
  ASSERT_OK(store_->CreateSchedule(Tenant(), "b", Schedule("b", "1")));
  ASSERT_OK(store_->CreateSchedule(Tenant(), "a", Schedule("a", "1")));
  std::vector<std::string> seen;
  ASSERT_OK(store_->ForEachSchedule([&](const TenantId& tenant, absl::string_view id, const RescoreSchedule&) {
    seen.push_back(absl::StrCat(tenant.value(), "/", id));
  }));
  EXPECT_THAT(seen, ElementsAre("acme/a", "acme/b", "other/a"));
}

TEST_P(RescoreStoreContract, AJobIsMadeOnce) {
  EXPECT_EQ(store_->CreateJob(Tenant(), "one", Job("one", 1, RescoreJob::STATE_QUEUED, "a"))->etag(), "a");
  EXPECT_EQ(store_->CreateJob(Tenant(), "one", Job("one", 2, RescoreJob::STATE_QUEUED, "b"))->etag(), "a");
  EXPECT_EQ(store_->GetJob(Tenant(), "one")->feature_time().seconds(), 1);
  EXPECT_EQ(ReasonOf(store_->GetJob(Tenant("other"), "one").status()), "RESCORE_JOB_NOT_FOUND");
}

TEST_P(RescoreStoreContract, AJobsEtagGuardsItsChangesAndItsEndClosesIt) {
  ASSERT_OK(store_->CreateJob(Tenant(), "one", Job("one", 1, RescoreJob::STATE_QUEUED, "a")).status());
  ASSERT_OK(store_->CreateJob(Tenant("other"), "two", Job("two", 1, RescoreJob::STATE_QUEUED, "a", Tenant("other")))
                .status());
  ASSERT_OK(store_->CreateJob(Tenant(), "late", Job("late", 2, RescoreJob::STATE_MISSED)).status());
  EXPECT_EQ(ReasonOf(store_->ReplaceJob(Tenant(), "one", "z", Job("one", 1, RescoreJob::STATE_RUNNING, "b"))),
            "ETAG_MISMATCH");
  ASSERT_OK(store_->ReplaceJob(Tenant(), "one", "a", Job("one", 1, RescoreJob::STATE_RUNNING, "b")));
  EXPECT_THAT(Names(*store_->OpenJobs()), ElementsAre("tenants/acme/rescoreJobs/one", "tenants/other/rescoreJobs/two"));
  EXPECT_EQ((*store_->OpenJobs())[0].state(), RescoreJob::STATE_RUNNING) << "as it is now";
  ASSERT_OK(store_->ReplaceJob(Tenant(), "one", "b", Job("one", 1, RescoreJob::STATE_SUCCEEDED, "c")));
  Open();
  EXPECT_THAT(Names(*store_->OpenJobs()), ElementsAre("tenants/other/rescoreJobs/two"));
  EXPECT_EQ(store_->GetJob(Tenant(), "one")->etag(), "c");
  EXPECT_EQ(ReasonOf(store_->ReplaceJob(Tenant(), "none", "a", Job("none", 1, RescoreJob::STATE_QUEUED))),
            "RESCORE_JOB_NOT_FOUND");
}

TEST_P(RescoreStoreContract, KeepsTheNewestJobsAndAllThatAreOpen) {
  ASSERT_OK(store_->CreateJob(Tenant(), "open", Job("open", 0, RescoreJob::STATE_QUEUED)).status());
  for (int i = 1; i <= kKeptRescoreJobs + 2; ++i) {
    const std::string id = absl::StrCat("job-", i);
    ASSERT_OK(store_->CreateJob(Tenant(), id, Job(id, i, RescoreJob::STATE_SKIPPED)).status());
  }
  ASSERT_OK_AND_ASSIGN(const auto jobs, store_->ListJobs(Tenant()));
  EXPECT_THAT(jobs, SizeIs(kKeptRescoreJobs + 1));
  EXPECT_EQ(jobs.front().name(), absl::StrCat("tenants/acme/rescoreJobs/job-", kKeptRescoreJobs + 2));
  EXPECT_EQ(jobs.back().name(), "tenants/acme/rescoreJobs/open");
}

}  // namespace clientele::storage
