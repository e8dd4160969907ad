// Schedules on a real store and a real job manager, with a clock and workers that the test holds.
#include "services/training/schedules/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/durations.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "common/storage/rocksdb/job_store.h"
#include "common/storage/rocksdb/schedule_store.h"
#include "services/training/schedules/firing.h"
#include "tests/services/training/jobs/fake_launcher.h"
#include "tests/services/training/worker/fake_peers.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
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
    scheduler_ = std::make_unique<Scheduler>(*book_, *jobs_, due_versions_, clock_, metrics_);
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
  observability::Metrics metrics_;
  std::unique_ptr<storage::JobStore> job_store_;
  std::unique_ptr<JobManager> jobs_;
  std::unique_ptr<storage::ScheduleStore> store_;
  std::unique_ptr<ScheduleBook> book_;
  std::unique_ptr<Scheduler> scheduler_;
};

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
