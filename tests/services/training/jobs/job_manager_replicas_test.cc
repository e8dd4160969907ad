// Several managers on one store: who leads, who follows, and what passes from one to the other.
#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "common/base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/services/training/jobs/job_manager_fixture.h"

namespace clientele::training {
namespace {

using v1::TrainingJob;

// An embedded store that counts its changes, as one that programs share does.
class CountingStore final : public storage::JobStore {
 public:
  explicit CountingStore(storage::JobStore& store) : store_(store) {}

  absl::Status Create(const TenantId& tenant, absl::string_view job_id, const TrainingJob& job,
                      absl::string_view request_id, absl::string_view digest) override {
    return Counted(store_.Create(tenant, job_id, job, request_id, digest));
  }
  absl::Status Put(const TenantId& tenant, absl::string_view job_id, const TrainingJob& job) override {
    return store_.Put(tenant, job_id, job);
  }
  absl::StatusOr<TrainingJob> Get(const TenantId& tenant, absl::string_view job_id) const override {
    return store_.Get(tenant, job_id);
  }
  absl::StatusOr<std::optional<storage::JobRequest>> FindRequest(const TenantId& tenant,
                                                                 absl::string_view request_id) const override {
    return store_.FindRequest(tenant, request_id);
  }
  absl::Status List(const TenantId& tenant, absl::string_view position,
                    absl::FunctionRef<bool(const TrainingJob&, absl::string_view)> visit) const override {
    return store_.List(tenant, position, visit);
  }
  absl::Status RequestCancel(const TenantId& tenant, absl::string_view job_id) override {
    return Counted(store_.RequestCancel(tenant, job_id));
  }
  absl::Status ListCancelRequests(absl::FunctionRef<void(const TenantId&, absl::string_view)> visit) const override {
    return store_.ListCancelRequests(visit);
  }
  absl::StatusOr<int64_t> Changes() const override { return changes_.load(); }
  absl::Status ListOpen(
      absl::FunctionRef<void(const TenantId&, absl::string_view, const TrainingJob&)> visit) const override {
    return store_.ListOpen(visit);
  }

 private:
  // Once it is written: who sees the count, sees the change.
  absl::Status Counted(absl::Status status) {
    ++changes_;
    return status;
  }

  storage::JobStore& store_;
  std::atomic<int64_t> changes_{0};
};

// `manager_` of the fixture is not used: `one` leads, `other` follows.
class JobManagerReplicasTest : public JobManagerFixture {
 protected:
  struct Replica {
    testutil::FakeLauncher launcher;
    std::map<TrainingJob::State, int> by_state;
    std::unique_ptr<JobManager> manager;
  };

  void SetUp() override {
    JobManagerFixture::SetUp();
    manager_.reset();
    shared_ = std::make_unique<CountingStore>(*store_);
    Begin(one_, true);
    Begin(other_, false);
  }
  void TearDown() override {
    one_.manager.reset();
    other_.manager.reset();
    JobManagerFixture::TearDown();
  }
  void Begin(Replica& replica, bool leads) {
    JobManagerOptions options;
    options.leads = leads;
    options.max_queued = 3;
    options.on_change = [&replica](const TrainingJob& job, TrainingJob::State before) {
      if (before != TrainingJob::STATE_UNSPECIFIED) --replica.by_state[before];
      if (job.state() != TrainingJob::STATE_UNSPECIFIED) ++replica.by_state[job.state()];
    };
    replica.manager = *JobManager::Start(*shared_, replica.launcher, clock_, options);
  }

  static void CreateAt(Replica& replica, const std::string& id) {
    const auto job = replica.manager->Create(Tenant(), Request(id, id));
    ASSERT_TRUE(job.ok()) << job.status();
  }
  static TrainingJob::State StateAt(Replica& replica, const std::string& id) {
    return replica.manager->Get(Name(id))->state();
  }
  // As the service's watch does.
  static TrainingJob AwaitEndAt(Replica& replica, const std::string& id) {
    JobView view{{}, -1};
    while (!HasEnded(view.job.state())) {
      const auto next = replica.manager->Await(Name(id), view.revision, StopToken());
      EXPECT_TRUE(next.ok()) << next.status();
      if (!next.ok()) break;
      view = *next;
    }
    return view.job;
  }

  std::unique_ptr<CountingStore> shared_;
  Replica one_, other_;
};

TEST_F(JobManagerReplicasTest, TheLeaderRunsWhatAFollowerTookIn) {
  CreateAt(other_, "a");
  EXPECT_EQ(StateAt(one_, "a"), TrainingJob::STATE_QUEUED);
  ASSERT_TRUE(one_.manager->Refresh().ok());
  const auto run = one_.launcher.Next();
  EXPECT_EQ(StateAt(other_, "a"), TrainingJob::STATE_RUNNING);
  EXPECT_EQ(other_.manager->Create(Tenant(), Request("a", "a"))->state(), TrainingJob::STATE_RUNNING) << "as before";
  std::thread watcher([&] { EXPECT_EQ(AwaitEndAt(other_, "a").state(), TrainingJob::STATE_SUCCEEDED); });
  run->End(Success());
  watcher.join();
  EXPECT_FALSE(other_.launcher.HasLaunched());
  EXPECT_TRUE(other_.by_state.empty()) << "who does not lead counts nothing";
}

TEST_F(JobManagerReplicasTest, AFollowerHoldsToTheLimitOfAll) {
  CreateAt(one_, "runs");
  const auto run = one_.launcher.Next();
  for (const char* id : {"a", "b", "c"}) CreateAt(other_, id);
  EXPECT_EQ(ReasonOf(other_.manager->Create(Tenant(), Request("d")).status()), "TOO_MANY_JOBS");
  run->End(Success());
}

TEST_F(JobManagerReplicasTest, AFollowerCancelsWhatWaitsAndWhatRuns) {
  CreateAt(one_, "runs");
  const auto run = one_.launcher.Next();
  CreateAt(one_, "waits");
  std::atomic<bool> done{false};
  std::thread leader([&] {
    while (!done) EXPECT_TRUE(one_.manager->Refresh().ok());
  });
  for (const char* id : {"waits", "runs"}) {
    const auto cancelled = other_.manager->Cancel(Name(id), StopToken());
    ASSERT_TRUE(cancelled.ok()) << cancelled.status();
    EXPECT_EQ(cancelled->state(), TrainingJob::STATE_CANCELLED) << id;
  }
  done = true;
  leader.join();
  EXPECT_EQ(ReasonOf(other_.manager->Cancel(Name("runs"), StopToken()).status()), "TRAINING_JOB_ENDED");
}

TEST_F(JobManagerReplicasTest, WhoTakesOverRunsWhatWasRunningFirst) {
  CreateAt(one_, "first");
  const auto lost = one_.launcher.Next();
  CreateAt(one_, "second");
  std::thread watcher([&] { EXPECT_EQ(AwaitEndAt(one_, "first").state(), TrainingJob::STATE_SUCCEEDED); });
  one_.manager->Follow();
  lost->AwaitStop();
  EXPECT_EQ(StateAt(one_, "first"), TrainingJob::STATE_RUNNING) << "who has lost the lead writes nothing";
  EXPECT_EQ(one_.by_state[TrainingJob::STATE_RUNNING], 0);
  EXPECT_EQ(one_.by_state[TrainingJob::STATE_QUEUED], 0);
  ASSERT_TRUE(other_.manager->Lead().ok());
  const auto first = other_.launcher.Next();
  EXPECT_EQ(first->job().name(), "tenants/acme/trainingJobs/first");
  first->End(Success());
  watcher.join();  // It began at the one and ended at the other.
  other_.launcher.Next()->End(Success());
  EXPECT_EQ(AwaitEndAt(one_, "second").state(), TrainingJob::STATE_SUCCEEDED);
}

TEST_F(JobManagerReplicasTest, WhatComesOfAWorkerAfterTheLeadIsLostIsNotKept) {
  CreateAt(one_, "a");
  const auto run = one_.launcher.Next();
  run->IgnoreStop();
  std::thread ends([&] {
    run->AwaitStop();
    run->End(Success());  // It was about to end when it was stopped.
  });
  one_.manager->Follow();
  ends.join();
  EXPECT_EQ(StateAt(one_, "a"), TrainingJob::STATE_RUNNING);
  ASSERT_TRUE(other_.manager->Lead().ok());
  other_.launcher.Next()->End(Success());
  EXPECT_EQ(AwaitEndAt(other_, "a").state(), TrainingJob::STATE_SUCCEEDED);
}

TEST_F(JobManagerReplicasTest, OneMayLeadAgain) {
  one_.manager->Follow();
  one_.manager->Follow();
  CreateAt(one_, "a");
  EXPECT_FALSE(one_.launcher.HasLaunched());
  ASSERT_TRUE(one_.manager->Lead().ok());
  one_.launcher.Next()->End(Success());
  EXPECT_EQ(AwaitEndAt(one_, "a").state(), TrainingJob::STATE_SUCCEEDED);
}

TEST_F(JobManagerReplicasTest, WhatWasAskedToBeCancelledIsSoWhenANewLeaderComes) {
  CreateAt(one_, "a");
  const auto run = one_.launcher.Next();
  one_.manager->Follow();
  const auto asked = one_.manager->Cancel(Name("a"), StopToken(absl::Now() + absl::Milliseconds(1)));
  EXPECT_EQ(asked->state(), TrainingJob::STATE_RUNNING) << "its request is in force";
  ASSERT_TRUE(other_.manager->Lead().ok());
  EXPECT_EQ(AwaitEndAt(other_, "a").state(), TrainingJob::STATE_CANCELLED);
  EXPECT_FALSE(other_.launcher.HasLaunched());
}

TEST_F(JobManagerReplicasTest, AFollowerThatGoesTellsWhoWaits) {
  CreateAt(one_, "a");
  const auto run = one_.launcher.Next();
  const int64_t seen = other_.manager->Await(Name("a"), -1, StopToken())->revision;
  std::thread waiter([&] {
    EXPECT_EQ(ReasonOf(other_.manager->Await(Name("a"), seen, StopToken()).status()), "SHUTTING_DOWN");
  });
  other_.manager->Stop();
  waiter.join();
  run->End(Success());
}

}  // namespace
}  // namespace clientele::training
