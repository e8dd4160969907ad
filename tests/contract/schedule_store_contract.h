// What every ScheduleStore promises. A backend instantiates it with one line:
//
//   INSTANTIATE_TEST_SUITE_P(RocksDb, ScheduleStoreContract, ::testing::Values(&OpenRocksScheduleStore));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/storage/schedule_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::storage {

// How a backend is opened on a place that keeps its data: opened again, it has what was there.
using OpenScheduleStore = std::function<absl::StatusOr<std::unique_ptr<ScheduleStore>>(const std::string& place)>;

class ScheduleStoreContract : public ::testing::TestWithParam<OpenScheduleStore> {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    store_.reset();
    ASSERT_OK_AND_ASSIGN(store_, GetParam()(directory_.path()));
  }
  static TenantId Tenant(absl::string_view id = "acme") { return *TenantId::Parse(id); }
  static training::v1::RetrainSchedule Schedule(const std::string& cron, const std::string& etag = "e1") {
    training::v1::RetrainSchedule schedule;
    schedule.set_cron(cron);
    schedule.set_etag(etag);
    return schedule;
  }
  static training::v1::ScheduleRun Run(int64_t seconds, const std::string& message = "") {
    training::v1::ScheduleRun run;
    run.mutable_scheduled_time()->set_seconds(seconds);
    run.set_message(message);
    return run;
  }
  // "acme/nightly @daily", with the second of the last run where there is one.
  std::vector<std::string> All() {
    std::vector<std::string> all;
    EXPECT_OK(store_->ForEach(
        [&](const TenantId& tenant, absl::string_view id, const training::v1::RetrainSchedule& schedule) {
          all.push_back(absl::StrCat(tenant.value(), "/", id, " ", schedule.cron()));
          if (schedule.has_last_run())
            absl::StrAppend(&all.back(), " ", schedule.last_run().scheduled_time().seconds());
        }));
    return all;
  }
  std::vector<int64_t> Runs(const std::string& id, int most = 1'000) {
    std::vector<int64_t> seconds;
    const auto runs = store_->ListRuns(Tenant(), id, most);
    EXPECT_OK(runs);
    if (!runs.ok()) return seconds;
    for (const auto& run : *runs) seconds.push_back(run.scheduled_time().seconds());
    return seconds;
  }

  testutil::TempDir directory_;
  std::unique_ptr<ScheduleStore> store_;
};

TEST_P(ScheduleStoreContract, KeepsSchedulesByTenantAndIdOverARestart) {
  ASSERT_OK(store_->Create(Tenant("b"), "nightly", Schedule("@daily")));
  ASSERT_OK(store_->Create(Tenant("a"), "weekly", Schedule("@weekly")));
  ASSERT_OK(store_->Create(Tenant("a"), "nightly", Schedule("@daily")));
  const absl::Status again = store_->Create(Tenant("a"), "nightly", Schedule("@hourly"));
  EXPECT_THAT(again, testutil::StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(ReasonOf(again), "SCHEDULE_EXISTS");
  Open();
  EXPECT_THAT(All(), ::testing::ElementsAre("a/nightly @daily", "a/weekly @weekly", "b/nightly @daily"));
}

TEST_P(ScheduleStoreContract, ReplacesAndDeletesOnlyWhatHasNotChanged) {
  EXPECT_EQ(ReasonOf(store_->Replace(Tenant(), "nightly", "e1", Schedule("@daily"))), "SCHEDULE_NOT_FOUND");
  EXPECT_EQ(ReasonOf(store_->Delete(Tenant(), "nightly", "e1")), "SCHEDULE_NOT_FOUND");
  ASSERT_OK(store_->Create(Tenant(), "nightly", Schedule("@daily", "e1")));
  ASSERT_OK(store_->AddRun(Tenant(), "nightly", Run(60)));
  EXPECT_EQ(ReasonOf(store_->Replace(Tenant(), "nightly", "e0", Schedule("@hourly", "e2"))), "ETAG_MISMATCH");
  ASSERT_OK(store_->Replace(Tenant(), "nightly", "e1", Schedule("@hourly", "e2")));
  EXPECT_THAT(All(), ::testing::ElementsAre("acme/nightly @hourly 60")) << "its last run stays";
  EXPECT_EQ(ReasonOf(store_->Delete(Tenant(), "nightly", "e1")), "ETAG_MISMATCH");
  ASSERT_OK(store_->Delete(Tenant(), "nightly", "e2"));
  EXPECT_THAT(All(), ::testing::IsEmpty());
  EXPECT_THAT(Runs("nightly"), ::testing::IsEmpty());
}

TEST_P(ScheduleStoreContract, ListsRunsNewestFirstAndTheLastIsTheSchedulesOwn) {
  EXPECT_EQ(ReasonOf(store_->AddRun(Tenant(), "nightly", Run(60))), "SCHEDULE_NOT_FOUND");
  ASSERT_OK(store_->Create(Tenant(), "nightly", Schedule("@daily")));
  ASSERT_OK(store_->Create(Tenant(), "nightly-two", Schedule("@daily")));
  for (const int64_t seconds : {60, 120, 180}) ASSERT_OK(store_->AddRun(Tenant(), "nightly", Run(seconds)));
  ASSERT_OK(store_->AddRun(Tenant(), "nightly-two", Run(7)));
  ASSERT_OK(store_->AddRun(Tenant(), "nightly", Run(180, "said again")));
  Open();
  EXPECT_THAT(Runs("nightly"), ::testing::ElementsAre(180, 120, 60));
  EXPECT_THAT(Runs("nightly", 2), ::testing::ElementsAre(180, 120));
  EXPECT_THAT(All(), ::testing::ElementsAre("acme/nightly @daily 180", "acme/nightly-two @daily 7"));
  EXPECT_EQ(store_->ListRuns(Tenant(), "nightly", 1)->at(0).message(), "said again");
}

TEST_P(ScheduleStoreContract, KeepsTheNewestRuns) {
  ASSERT_OK(store_->Create(Tenant(), "hourly", Schedule("@hourly")));
  for (int i = 1; i <= kKeptScheduleRuns + 3; ++i) ASSERT_OK(store_->AddRun(Tenant(), "hourly", Run(i)));
  const std::vector<int64_t> runs = Runs("hourly");
  ASSERT_EQ(runs.size(), static_cast<size_t>(kKeptScheduleRuns));
  EXPECT_EQ(runs.front(), kKeptScheduleRuns + 3);
  EXPECT_EQ(runs.back(), 4);
}

}  // namespace clientele::storage
