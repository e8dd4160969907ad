#include "services/training/jobs/job_manager.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "common/storage/rocksdb/job_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/training/jobs/status_proto.h"
#include "tests/services/training/jobs/job_manager_fixture.h"

namespace clientele::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::FakeLauncher;
using testutil::FakeRun;
using v1::TrainingJob;

class JobManagerTest : public JobManagerFixture {};

TEST_F(JobManagerTest, RunsAJobAndKeepsWhatCameOfIt) {
  Create("a");
  launcher_->Next()->End(Success());
  const TrainingJob job = AwaitEnd("a");
  EXPECT_EQ(job.name(), "tenants/acme/trainingJobs/a");
  EXPECT_EQ(job.state(), TrainingJob::STATE_SUCCEEDED);
  EXPECT_EQ(job.model_version(), "tenants/acme/models/churn/versions/1");
  EXPECT_EQ(job.artifact_sha256(), "abc");
  EXPECT_EQ(job.evaluation().train_rows(), 7);
  EXPECT_EQ(job.gate_decision().decision(), model::v1::GateDecision::DECISION_PUBLISHED_ACTIVE);
  EXPECT_EQ(job.segment_migration().champion_version(), "v1");
  EXPECT_EQ(job.data_issues(0).code(), "FEW_ROWS");
  EXPECT_LT(job.create_time().seconds(), job.start_time().seconds());
  EXPECT_LT(job.start_time().seconds(), job.end_time().seconds());
  Restart();
  EXPECT_EQ(manager_->Get(Name("a"))->SerializeAsString(), job.SerializeAsString());
}

TEST_F(JobManagerTest, FixesTheInstantsOfTheDataWhenAJobIsCreated) {
  NewJob request = Request("a");
  request.job.mutable_spec()->mutable_dataset()->mutable_as_of()->set_seconds(500);
  const auto job = manager_->Create(Tenant(), request);
  ASSERT_TRUE(job.ok());
  EXPECT_EQ(job->known_at().seconds(), 500);
  EXPECT_EQ(job->labels_known_at().seconds(), job->create_time().seconds());
  EXPECT_FALSE(job->spec().dataset().has_labels_known_at());  // Or the artifact would depend on the clock.

  request.job_id = "b";
  request.job.mutable_spec()->mutable_dataset()->mutable_known_at()->set_seconds(600);
  request.job.mutable_spec()->mutable_dataset()->mutable_labels_known_at()->set_seconds(700);
  const auto explicit_times = manager_->Create(Tenant(), request);
  EXPECT_EQ(explicit_times->known_at().seconds(), 600);
  EXPECT_EQ(explicit_times->labels_known_at().seconds(), 700);
}

TEST_F(JobManagerTest, FailsAJobWithTheWorkersReason) {
  Create("a");
  v1::WorkerResult result;
  *result.mutable_error() = ToStatusProto(
      Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kDataNotReady, "only 3 rows"));
  result.add_data_issues()->set_code("TOO_FEW_ROWS");
  launcher_->Next()->End(result);
  const TrainingJob job = AwaitEnd("a");
  EXPECT_EQ(job.state(), TrainingJob::STATE_FAILED);
  EXPECT_EQ(ReasonOf(FromStatusProto(job.error())), "DATA_NOT_READY");
  EXPECT_EQ(job.error().message(), "only 3 rows");
  EXPECT_EQ(job.data_issues(0).code(), "TOO_FEW_ROWS");
}

TEST_F(JobManagerTest, ACrashFailsOneJobAndTheNextRuns) {
  Create("a");
  Create("b");
  launcher_->Next()->End(Error(absl::StatusCode::kInternal, ErrorReason::kWorkerCrashed, "killed by signal 9"));
  EXPECT_EQ(ReasonOf(FromStatusProto(AwaitEnd("a").error())), "WORKER_CRASHED");
  launcher_->Next()->End(Success());
  EXPECT_EQ(AwaitEnd("b").state(), TrainingJob::STATE_SUCCEEDED);
}

TEST_F(JobManagerTest, AWorkerThatCannotStartFailsItsJob) {
  launcher_->Refuse(Error(absl::StatusCode::kInternal, ErrorReason::kWorkerCrashed, "no such program"));
  Create("a");
  EXPECT_THAT(AwaitEnd("a").error().message(), HasSubstr("no such program"));
}

TEST_F(JobManagerTest, RunsAsManyAsItMayAndInTheOrderOfCreation) {
  ShutDown();
  options_.max_running = 2;
  Start();
  for (const char* id : {"a", "b", "c"}) Create(id);
  const auto first = launcher_->Next(), second = launcher_->Next();
  EXPECT_EQ(StateOf("a"), TrainingJob::STATE_RUNNING);
  EXPECT_EQ(StateOf("b"), TrainingJob::STATE_RUNNING);
  EXPECT_EQ(StateOf("c"), TrainingJob::STATE_QUEUED);
  EXPECT_FALSE(launcher_->HasLaunched());
  second->End(Success());
  EXPECT_EQ(launcher_->Next()->job().name(), "tenants/acme/trainingJobs/c");
}

TEST_F(JobManagerTest, TenantsTakeTurnsAndHaveNoMoreRunningThanTheyMay) {
  ShutDown();
  options_.max_running = 2;
  std::atomic<int64_t> most{1};
  options_.share_of = [&](const TenantId& tenant) {
    return TenantShare{.weight = 1, .max_running = tenant.value() == "flood" ? most.load() : 0};
  };
  Start();
  const TenantId flood = *TenantId::Parse("flood");
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(manager_->Create(flood, Request(id)).ok());
  const auto first = launcher_->Next();
  EXPECT_EQ(first->job().name(), "tenants/flood/trainingJobs/a");
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_FALSE(launcher_->HasLaunched()) << "there is a place, but the tenant may have one job alone";
  Create("mine");
  const auto mine = launcher_->Next();
  EXPECT_EQ(mine->job().name(), "tenants/acme/trainingJobs/mine");
  first->End(Success());
  EXPECT_EQ(launcher_->Next()->job().name(), "tenants/flood/trainingJobs/b");
  mine->End(Success());
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_FALSE(launcher_->HasLaunched());
  most = 2;  // Which is noticed within a second.
  EXPECT_EQ(launcher_->Next()->job().name(), "tenants/flood/trainingJobs/c");
}

TEST_F(JobManagerTest, AJobIsAdmittedOrRefusedAndItsWorkerCharged) {
  ShutDown();
  std::atomic<int64_t> waiting{-1};
  std::atomic<int64_t> charged{0};
  std::atomic<bool> may_begin{true};
  options_.admit = [&](const TenantId&, int64_t jobs) {
    waiting = jobs;
    return jobs < 2 ? absl::OkStatus() : absl::ResourceExhaustedError("too many of yours");
  };
  options_.on_worker_end = [&](const TenantId&, absl::Duration cpu) { charged += absl::ToInt64Seconds(cpu); };
  options_.share_of = [&](const TenantId&) { return TenantShare{.may_begin = may_begin.load()}; };
  Start();
  Create("a");
  const auto run = launcher_->Next();
  may_begin = false;
  Create("b");
  Create("c");
  EXPECT_EQ(waiting, 1);
  const auto refused = manager_->Create(*TenantId::Parse("acme"), Request("d"));
  EXPECT_EQ(refused.status().message(), "too many of yours");
  EXPECT_TRUE(manager_->Create(*TenantId::Parse("beta"), Request("d")).ok()) << "those of another are not counted";
  run->End(Success());
  AwaitEnd("a");
  EXPECT_EQ(charged, absl::ToInt64Seconds(testutil::FakeLauncher::kCpuTime));
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_FALSE(launcher_->HasLaunched());
  may_begin = true;  // Which is noticed within a second.
  const auto next = launcher_->Next();
  EXPECT_EQ(next->job().name(), "tenants/beta/trainingJobs/d") << "whose turn it is";
  next->End(Success());
  EXPECT_EQ(launcher_->Next()->job().name(), "tenants/acme/trainingJobs/b");
  ShutDown();  // Before what its options refer to.
}

TEST_F(JobManagerTest, CancelsAQueuedJobAtOnce) {
  Create("a");
  Create("b");
  const auto running = launcher_->Next();
  const auto cancelled = manager_->Cancel(Name("b"), StopToken());
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(cancelled->state(), TrainingJob::STATE_CANCELLED);
  running->End(Success());
  AwaitEnd("a");
  Create("c");  // If b were still queued, it would be launched before c.
  EXPECT_EQ(launcher_->Next()->job().name(), "tenants/acme/trainingJobs/c");
}

TEST_F(JobManagerTest, CancelsARunningJobThroughItsWorker) {
  Create("a");
  const auto run = launcher_->Next();
  const auto cancelled = manager_->Cancel(Name("a"), StopToken());
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(cancelled->state(), TrainingJob::STATE_CANCELLED);
  EXPECT_FALSE(cancelled->has_error());
  const auto again = manager_->Cancel(Name("a"), StopToken());
  EXPECT_EQ(again.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(again.status()), "TRAINING_JOB_ENDED");
  EXPECT_EQ(ReasonOf(manager_->Cancel(Name("z"), StopToken()).status()), "TRAINING_JOB_NOT_FOUND");
}

TEST_F(JobManagerTest, AJobThatWasPublishedBeforeItCouldBeCancelledHasSucceeded) {
  Create("a");
  const auto run = launcher_->Next();
  run->IgnoreStop();
  std::thread canceller([&] {
    const auto job = manager_->Cancel(Name("a"), StopToken());
    ASSERT_TRUE(job.ok());
    EXPECT_EQ(job->state(), TrainingJob::STATE_SUCCEEDED);
  });
  run->AwaitStop();
  run->End(Success());
  canceller.join();
}

TEST_F(JobManagerTest, ARestartQueuesWhatRanBeforeWhatWaited) {
  for (const char* id : {"a", "b", "c"}) Create(id);
  launcher_->Next()->Progress(0.5);
  Restart();
  const auto run = launcher_->Next();
  EXPECT_EQ(run->job().name(), "tenants/acme/trainingJobs/a");
  EXPECT_EQ(StateOf("b"), TrainingJob::STATE_QUEUED);
  EXPECT_EQ(by_state_[TrainingJob::STATE_QUEUED], 2);
  EXPECT_EQ(by_state_[TrainingJob::STATE_RUNNING], 1);
  run->End(Success());
  EXPECT_EQ(AwaitEnd("a").state(), TrainingJob::STATE_SUCCEEDED);
}

TEST_F(JobManagerTest, StoppingPutsARunningJobBackToQueued) {
  Create("a");
  const auto run = launcher_->Next();
  manager_->Stop();
  const auto stored = store_->Get(Tenant(), "a");
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(stored->state(), TrainingJob::STATE_QUEUED);
  EXPECT_FALSE(stored->has_start_time());
  EXPECT_FALSE(stored->has_error());
  EXPECT_EQ(manager_->Create(Tenant(), Request("b")).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(JobManagerTest, AJobThatWasRunningWhenTheServiceDiedIsQueuedAgain) {
  ShutDown();
  store_ = *storage::OpenRocksJobStore(place_);
  TrainingJob job;
  job.set_name("tenants/acme/trainingJobs/a");
  job.set_state(TrainingJob::STATE_RUNNING);
  job.mutable_create_time()->set_seconds(5);
  ASSERT_TRUE(store_->Create(Tenant(), "a", job, "", "").ok());
  store_.reset();
  Start();
  const auto run = launcher_->Next();
  EXPECT_EQ(run->job().name(), job.name());
  run->End(Success());
  EXPECT_EQ(AwaitEnd("a").state(), TrainingJob::STATE_SUCCEEDED);
}

TEST_F(JobManagerTest, RefusesMoreJobsThanMayWait) {
  ShutDown();
  options_.max_queued = 2;
  Start();
  Create("running");
  const auto run = launcher_->Next();
  Create("a");
  NewJob request = Request("b", "id-b");
  ASSERT_TRUE(manager_->Create(Tenant(), request).ok());
  const auto refused = manager_->Create(Tenant(), Request("c"));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused.status()), "TOO_MANY_JOBS");
  EXPECT_EQ(ReasonOf(manager_->Get(Name("c")).status()), "TRAINING_JOB_NOT_FOUND");
  EXPECT_TRUE(manager_->Create(Tenant(), request).ok());  // The same request again is no new job.
}

TEST_F(JobManagerTest, TheSameRequestIdIsTheSameJob) {
  const auto first = manager_->Create(Tenant(), Request("", "nightly"));
  ASSERT_TRUE(first.ok());
  EXPECT_THAT(first->name(), HasSubstr("tenants/acme/trainingJobs/churn-"));
  Restart();
  const auto second = manager_->Create(Tenant(), Request("", "nightly"));
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->name(), first->name());

  NewJob other = Request("", "nightly");
  other.job.mutable_spec()->set_seed(7);
  EXPECT_EQ(ReasonOf(manager_->Create(Tenant(), other).status()), "REQUEST_ID_REUSED");
}

TEST_F(JobManagerTest, RefusesATakenId) {
  Create("a");
  const auto again = manager_->Create(Tenant(), Request("a"));
  EXPECT_EQ(again.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(again.status()), "TRAINING_JOB_EXISTS");
}

TEST_F(JobManagerTest, TellsEveryWatcherProgressAndTheEnd) {
  Create("a");
  const auto run = launcher_->Next();
  std::vector<std::thread> watchers;
  std::vector<double> last_fraction(3);
  absl::Mutex mutex;
  int half = 0;
  for (int i = 0; i < 3; ++i) {
    watchers.emplace_back([&, i] {
      int64_t seen = -1;
      while (true) {
        const auto view = manager_->Await(Name("a"), seen, StopToken());
        ASSERT_TRUE(view.ok()) << view.status();
        ASSERT_GT(view->revision, seen);
        if (HasEnded(view->job.state())) return;
        seen = view->revision;
        if (view->job.progress().fraction() != 0.5) continue;
        last_fraction[i] = 0.5;
        absl::MutexLock lock(&mutex);
        ++half;
      }
    });
  }
  run->Progress(0.5);
  {
    absl::MutexLock lock(&mutex, absl::Condition(+[](int* n) { return *n >= 3; }, &half));
  }
  run->End(Success());
  for (std::thread& watcher : watchers) watcher.join();
  EXPECT_THAT(last_fraction, ElementsAre(0.5, 0.5, 0.5));
}

TEST_F(JobManagerTest, AWatcherEndsWithItsCallAndWithTheManager) {
  Create("a");
  const auto run = launcher_->Next();
  const int64_t revision = manager_->Await(Name("a"), -1, StopToken())->revision;
  const StopToken late(absl::Now() + absl::Milliseconds(1));
  EXPECT_EQ(manager_->Await(Name("a"), revision, late).status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(ReasonOf(manager_->Await(Name("z"), -1, StopToken()).status()), "TRAINING_JOB_NOT_FOUND");

  run->IgnoreStop();
  absl::Status status;
  std::thread watcher([&] { status = manager_->Await(Name("a"), revision, StopToken()).status(); });
  std::thread stopper([&] { manager_->Stop(); });
  watcher.join();
  EXPECT_EQ(ReasonOf(status), "SHUTTING_DOWN");
  run->End(Success());
  stopper.join();
}

TEST_F(JobManagerTest, ListsPagesNewestFirstWithLiveProgress) {
  for (const char* id : {"a", "b", "c"}) Create(id);
  const auto run = launcher_->Next();
  const int64_t revision = manager_->Await(Name("a"), -1, StopToken())->revision;
  run->Progress(0.25);
  ASSERT_TRUE(manager_->Await(Name("a"), revision, StopToken()).ok());
  const auto first = manager_->List(Tenant(), "", 2);
  ASSERT_TRUE(first.ok());
  ASSERT_EQ(first->jobs.size(), 2u);
  EXPECT_THAT(first->jobs[0].name(), HasSubstr("/c"));
  const auto second = manager_->List(Tenant(), first->next_position, 2);
  ASSERT_TRUE(second.ok());
  ASSERT_EQ(second->jobs.size(), 1u);
  EXPECT_EQ(second->jobs[0].progress().fraction(), 0.25);
  EXPECT_EQ(second->next_position, "");
  EXPECT_TRUE(manager_->List(*TenantId::Parse("other"), "", 2)->jobs.empty());
}

}  // namespace
}  // namespace clientele::training
