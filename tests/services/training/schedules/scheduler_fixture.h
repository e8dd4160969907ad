// Schedules on a real store and a real job manager, with a clock and workers that the test holds.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/durations.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/timestamps.h"
#include "common/storage/rocksdb/job_store.h"
#include "common/storage/rocksdb/schedule_store.h"
#include "services/training/schedules/firing.h"
#include "services/training/schedules/scheduler.h"
#include "tests/services/training/jobs/fake_launcher.h"
#include "tests/services/training/worker/fake_peers.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::training {

using v1::RetrainSchedule;
using v1::ScheduleRun;

// What a test says is due.
class FakeDueVersions final : public DueVersionSource {
 public:
  absl::StatusOr<std::vector<inference::v1::DueVersion>> List(const TenantId& tenant, const StopToken&) override {
    ++asked;
    if (!status.ok()) return status;
    return of_tenant[tenant.value()];
  }
  void Add(const std::string& tenant, const std::string& version, absl::Time due) {
    inference::v1::DueVersion& added = of_tenant[tenant].emplace_back();
    added.set_model_version(version);
    *added.mutable_due_time() = ToProto(due);
  }

  int asked = 0;
  absl::Status status;
  std::map<std::string, std::vector<inference::v1::DueVersion>> of_tenant;
};

// What a test says is measured of the champion.
class FakeMeasures final : public MeasureSource {
 public:
  absl::StatusOr<std::optional<inference::v1::ModelVersion>> Champion(const TenantId&, absl::string_view,
                                                                      const StopToken&) override {
    ++asked;
    if (!status.ok()) return status;
    return champion;
  }
  absl::StatusOr<inference::v1::DriftReport> Drift(absl::string_view version, absl::Time, const StopToken&) override {
    inference::v1::DriftReport report;
    report.set_model_version(std::string(version));
    report.set_rows(5'000);
    inference::v1::FeatureDrift& drift = *report.add_features();
    drift.set_feature("recency");
    drift.set_population_stability_index(index);
    drift.set_drifted(index >= 0.1);
    return report;
  }
  absl::StatusOr<inference::v1::OutcomeReport> Outcomes(const TenantId&, absl::string_view, absl::Time since,
                                                        const StopToken&) override {
    ++outcomes_asked;
    outcomes_since = since;
    inference::v1::OutcomeReport report;
    report.add_realised()->set_scores(outcomes);
    return report;
  }
  void Publish(int version, absl::Time time) {
    champion.emplace();
    champion->set_name(FormatVersion(*TenantId::Parse("acme"), "churn", version));
    *champion->mutable_create_time() = ToProto(time);
    index = 0;
    outcomes = 0;
  }

  int asked = 0, outcomes_asked = 0;
  absl::Status status;
  std::optional<inference::v1::ModelVersion> champion;
  double index = 0;
  int64_t outcomes = 0;
  absl::Time outcomes_since;
};

class SchedulerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    clock_.Set(kMidnight);
    Open();
  }
  void TearDown() override { Close(); }
  void Open(int max_queued = 10) {
    ASSERT_OK_AND_ASSIGN(job_store_, storage::OpenRocksJobStore(jobs_directory_.path()));
    ASSERT_OK_AND_ASSIGN(
        jobs_, JobManager::Start(*job_store_, launcher_, clock_, {.max_queued = max_queued, .on_change = nullptr}));
    ASSERT_OK_AND_ASSIGN(store_, storage::OpenRocksScheduleStore(directory_.path()));
    ASSERT_OK_AND_ASSIGN(book_, ScheduleBook::Open(*store_, clock_));
    scheduler_ =
        std::make_unique<Scheduler>(*book_, *jobs_, due_versions_, measures_, AskIntervals(), clock_, metrics_);
  }
  void Close() {
    scheduler_.reset();
    book_.reset();
    store_.reset();
    if (jobs_ != nullptr) jobs_->Stop();
    jobs_.reset();
    job_store_.reset();
  }
  static RetrainSchedule Nightly(const std::string& cron = "30 2 * * *") {
    RetrainSchedule schedule;
    schedule.set_cron(cron);
    *schedule.mutable_spec() = testutil::ChurnSpec();
    schedule.mutable_spec()->mutable_dataset()->clear_as_of();
    return schedule;
  }
  void Create(const RetrainSchedule& schedule) { ASSERT_OK(book_->Create(kName, schedule, /*validate_only=*/false)); }
  void StepAt(absl::Duration since_midnight) {
    clock_.Set(kMidnight + since_midnight);
    while (scheduler_->Step() <= clock_.Now()) continue;
  }
  std::vector<ScheduleRun> Runs() {
    auto runs = book_->ListRuns(kName, 100);
    EXPECT_OK(runs);
    return runs.ok() ? *std::move(runs) : std::vector<ScheduleRun>();
  }
  std::vector<std::string> Jobs() {
    std::vector<std::string> names;
    const auto page = jobs_->List(kName.tenant, "", 100);
    EXPECT_OK(page);
    for (const auto& job : page->jobs) names.push_back(std::string(job.name().substr(job.name().rfind('/') + 1)));
    return names;
  }

  void AwaitEnd(const std::string& job) {
    JobView view{{}, -1};
    while (!HasEnded(view.job.state())) {
      auto next = jobs_->Await({kName.tenant, job}, view.revision, StopToken(absl::Now() + absl::Seconds(60)));
      ASSERT_OK(next);
      view = *std::move(next);
    }
  }

  static inline const absl::Time kMidnight = absl::FromUnixSeconds(1'795'651'200);  // 2026-11-26 UTC.
  const RetrainScheduleName kName{*TenantId::Parse("acme"), "nightly"};
  testutil::TempDir directory_, jobs_directory_;
  testutil::ManualClock clock_;
  testutil::FakeLauncher launcher_;
  FakeDueVersions due_versions_;
  FakeMeasures measures_;
  observability::Metrics metrics_;
  std::unique_ptr<storage::JobStore> job_store_;
  std::unique_ptr<JobManager> jobs_;
  std::unique_ptr<storage::ScheduleStore> store_;
  std::unique_ptr<ScheduleBook> book_;
  std::unique_ptr<Scheduler> scheduler_;
};

}  // namespace clientele::training
