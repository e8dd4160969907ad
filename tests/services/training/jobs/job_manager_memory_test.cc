// How jobs share a budget of memory.
#include <atomic>
#include <deque>
#include <string>

#include "common/base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/training/jobs/status_proto.h"
#include "tests/services/training/jobs/job_manager_fixture.h"

namespace clientele::training {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using v1::TrainingJob;

constexpr int64_t kMiB = 1 << 20;

// A job needs as many MiB as it has threads; with a seed it can do with no less.
class MemoryByThreads final : public JobMemory {
 public:
  struct Measured {
    std::string job;
    TrainingJob::State state;
    int64_t need, peak;
    bool outgrew;
    bool operator==(const Measured&) const = default;
  };

  MemoryNeed Of(const TrainingJob& job) override {
    const int64_t bytes = job.threads() * kMiB;
    return {.bytes = bytes, .least = job.spec().seed() == 0 ? 0 : bytes, .basis = "7 customers, 3 columns"};
  }
  void OnReserved(int64_t bytes) override { reserved_ = bytes; }
  void OnMeasured(const TrainingJob& job, const MemoryNeed& need, int64_t peak, bool outgrew) override {
    absl::MutexLock lock(&mutex_);
    measured_.push_back({job.name().substr(job.name().rfind('/') + 1), job.state(), need.bytes, peak, outgrew});
  }

  int64_t reserved() const { return reserved_; }
  std::vector<Measured> measured() {
    absl::MutexLock lock(&mutex_);
    return measured_;
  }

 private:
  std::atomic<int64_t> reserved_{0};
  absl::Mutex mutex_;
  std::vector<Measured> measured_ ABSL_GUARDED_BY(mutex_);
};

class JobManagerMemoryTest : public JobManagerFixture {
 protected:
  void SetUp() override {
    options_.max_running = 3;
    options_.memory_budget = 100 * kMiB;
    options_.memory = &memory_;
    JobManagerFixture::SetUp();
  }

  void CreateOf(const std::string& id, int mebibytes, bool certain = false) {
    CreateFor(Tenant(), id, mebibytes, certain);
  }
  void CreateFor(const TenantId& tenant, const std::string& id, int mebibytes, bool certain = false) {
    NewJob request = Request(id);
    request.job.set_threads(mebibytes);
    request.job.mutable_spec()->set_seed(certain ? 1 : 0);
    ASSERT_TRUE(manager_->Create(tenant, request).ok());
  }
  static TenantId Other() { return *TenantId::Parse("beta"); }
  // Blocks until the job's progress says so.
  void AwaitMessage(const std::string& id, const std::string& message) {
    int64_t seen = -1;
    while (true) {
      const auto view = manager_->Await(Name(id), seen, StopToken());
      ASSERT_TRUE(view.ok()) << view.status();
      if (view->job.progress().message().find(message) != std::string::npos) return;
      ASSERT_FALSE(HasEnded(view->job.state())) << "it never said so";
      seen = view->revision;
    }
  }

  MemoryByThreads memory_;
};

TEST_F(JobManagerMemoryTest, TwoThatDoNotFitTogetherRunOneAfterTheOther) {
  CreateOf("first", 60);
  const auto first = launcher_->Next();
  EXPECT_EQ(first->memory_limit(), 60 * kMiB);
  EXPECT_EQ(memory_.reserved(), 60 * kMiB);
  CreateOf("second", 50);
  AwaitMessage("second",
               "waits for memory: needs about 50.0 MiB, and of the 100.0 MiB that jobs may use 60.0 MiB are set aside");
  EXPECT_FALSE(launcher_->HasLaunched());
  first->End(Success());
  const auto second = launcher_->Next();
  EXPECT_EQ(second->job().name(), "tenants/acme/trainingJobs/second");
  EXPECT_EQ(manager_->Get(Name("second"))->progress().message(), "");
  second->End(Success());
  AwaitEnd("second");
  EXPECT_EQ(memory_.reserved(), 0);
}

TEST_F(JobManagerMemoryTest, TwoThatFitTogetherDo) {
  CreateOf("first", 60);
  CreateOf("second", 40);
  launcher_->Next()->End(Success());
  launcher_->Next()->End(Success());
  AwaitEnd("first");
  AwaitEnd("second");
}

TEST_F(JobManagerMemoryTest, OneThatCanNeverFitFailsAndSaysWhatItNeeds) {
  CreateOf("huge", 300, /*certain=*/true);
  const TrainingJob job = AwaitEnd("huge");
  EXPECT_EQ(job.state(), TrainingJob::STATE_FAILED);
  EXPECT_FALSE(job.has_start_time());
  const absl::Status error = FromStatusProto(job.error());
  EXPECT_EQ(error.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(error), "NOT_ENOUGH_MEMORY");
  EXPECT_THAT(std::string(error.message()),
              HasSubstr("needs about 300.0 MiB of memory (7 customers, 3 columns), and all jobs together may use "
                        "100.0 MiB"));
  EXPECT_EQ(by_state_[TrainingJob::STATE_QUEUED], 0);
  EXPECT_FALSE(launcher_->HasLaunched());
}

TEST_F(JobManagerMemoryTest, WhatMayBeTooLargeIsTriedAlone) {
  CreateOf("unsure", 300);
  const auto unsure = launcher_->Next();
  EXPECT_EQ(unsure->memory_limit(), 100 * kMiB);
  CreateOf("small", 1);
  AwaitMessage("small", "waits for memory");
  unsure->End(Success());
  launcher_->Next()->End(Success());
  AwaitEnd("small");
}

TEST_F(JobManagerMemoryTest, AWorkerGrowsIntoWhatIsFree) {
  CreateOf("first", 20);
  const auto first = launcher_->Next();
  EXPECT_TRUE(first->Take(60 * kMiB));
  EXPECT_EQ(memory_.reserved(), 75 * kMiB);  // A quarter more than it took.
  CreateOf("second", 30);
  AwaitMessage("second", "75.0 MiB are set aside");
  first->End(Success());
  AwaitEnd("first");
  const MemoryByThreads::Measured measured = {"first", TrainingJob::STATE_SUCCEEDED, 20 * kMiB, 60 * kMiB, false};
  EXPECT_THAT(memory_.measured(), ElementsAre(measured));
  launcher_->Next()->End(Success());
  AwaitEnd("second");
}

TEST_F(JobManagerMemoryTest, OneThatOutgrewItsMemoryRunsAgainWithTwiceAsMuch) {
  CreateOf("other", 50);
  const auto other = launcher_->Next();
  CreateOf("grows", 40);
  EXPECT_FALSE(launcher_->Next()->Take(70 * kMiB));
  AwaitMessage("grows", "needs about 80.0 MiB");
  other->End(Success());
  const auto again = launcher_->Next();
  EXPECT_EQ(again->memory_limit(), 80 * kMiB);
  EXPECT_TRUE(again->Take(70 * kMiB));
  again->End(Success());
  EXPECT_EQ(AwaitEnd("grows").state(), TrainingJob::STATE_SUCCEEDED);
}

TEST_F(JobManagerMemoryTest, OneThatOutgrewTheBudgetHasFailed) {
  CreateOf("grows", 60);
  EXPECT_FALSE(launcher_->Next()->Take(101 * kMiB));
  const auto again = launcher_->Next();
  EXPECT_EQ(again->memory_limit(), 100 * kMiB);
  EXPECT_FALSE(again->Take(101 * kMiB));
  const TrainingJob job = AwaitEnd("grows");
  EXPECT_EQ(job.state(), TrainingJob::STATE_FAILED);
  EXPECT_THAT(job.error().message(), EndsWith("needs more memory than its budget; raise worker.memory"));
}

TEST_F(JobManagerMemoryTest, ALargeOneIsNotPassedByForEver) {
  CreateOf("runs", 50);
  const auto runs = launcher_->Next();
  CreateOf("large", 80);
  AwaitMessage("large", "waits for memory");
  for (int i = 0; i < kMostOvertakings; ++i) {
    const std::string id = absl::StrCat("small", i);
    CreateOf(id, 1);
    launcher_->Next()->End(Success());
    AwaitEnd(id);
  }
  CreateOf("late", 30);  // Beside the first there is room for it, beside the large one there is none.
  runs->End(Success());
  const auto large = launcher_->Next();
  EXPECT_EQ(large->job().name(), "tenants/acme/trainingJobs/large");
  large->End(Success());
  launcher_->Next()->End(Success());
  AwaitEnd("late");
}

TEST_F(JobManagerMemoryTest, OneThatWaitsForMemoryCanBeCancelled) {
  CreateOf("first", 60);
  const auto first = launcher_->Next();
  CreateOf("second", 50);
  AwaitMessage("second", "waits for memory");
  ASSERT_TRUE(manager_->Cancel(Name("second"), StopToken()).ok());
  EXPECT_EQ(StateOf("second"), TrainingJob::STATE_CANCELLED);
  first->End(Success());
}

class JobManagerTenantMemoryTest : public JobManagerMemoryTest {
 protected:
  void SetUp() override {
    options_.memory_per_tenant = 50 * kMiB;
    JobManagerMemoryTest::SetUp();
  }
};

TEST_F(JobManagerTenantMemoryTest, OneThatDoesNotFitBesideItsOwnWaitsAndOthersDoNot) {
  CreateOf("first", 30);
  const auto first = launcher_->Next();
  CreateOf("second", 40);
  AwaitMessage("second",
               "waits for memory: needs about 40.0 MiB, and of the 50.0 MiB that the jobs of one tenant may use "
               "30.0 MiB are set aside for jobs that run");
  for (int i = 0; i <= kMostOvertakings; ++i) {  // However often they go first.
    CreateFor(Other(), absl::StrCat("other", i), 45);
    launcher_->Next()->End(Success());
  }
  EXPECT_EQ(StateOf("second"), TrainingJob::STATE_QUEUED);
  first->End(Success());
  const auto second = launcher_->Next();
  EXPECT_EQ(second->job().name(), "tenants/acme/trainingJobs/second");
  second->End(Success());
  EXPECT_EQ(AwaitEnd("second").state(), TrainingJob::STATE_SUCCEEDED);
}

TEST_F(JobManagerTenantMemoryTest, OneThatAloneNeedsMoreThanItsTenantMayHaveFails) {
  CreateOf("huge", 60, /*certain=*/true);
  TrainingJob job = AwaitEnd("huge");
  EXPECT_EQ(job.state(), TrainingJob::STATE_FAILED);
  EXPECT_FALSE(job.has_start_time());
  EXPECT_EQ(FromStatusProto(job.error()).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(job.error().message(),
              HasSubstr("needs about 60.0 MiB of memory (7 customers, 3 columns), and the jobs of one tenant together "
                        "may use 50.0 MiB; ask for fewer features, or raise worker.memory_per_tenant"));
  CreateOf("larger", 300, /*certain=*/true);
  job = AwaitEnd("larger");
  EXPECT_THAT(job.error().message(), HasSubstr("all jobs together may use 100.0 MiB"));
  EXPECT_FALSE(launcher_->HasLaunched());
}

TEST_F(JobManagerTenantMemoryTest, AWorkerGrowsIntoWhatIsFreeOfItsTenantsShareAlone) {
  CreateOf("first", 20);
  const auto first = launcher_->Next();
  CreateOf("beside", 10);
  const auto beside = launcher_->Next();
  EXPECT_TRUE(first->Take(36 * kMiB));
  EXPECT_EQ(memory_.reserved(), 50 * kMiB);  // Not the quarter more that the machine has.
  EXPECT_FALSE(beside->Take(11 * kMiB));
  AwaitMessage("beside", "needs about 20.0 MiB, and of the 50.0 MiB that the jobs of one tenant may use 40.0 MiB");
  first->End(Success());
  const auto again = launcher_->Next();
  EXPECT_EQ(again->memory_limit(), 20 * kMiB);
  EXPECT_FALSE(again->Take(51 * kMiB));
  const auto once_more = launcher_->Next();
  EXPECT_EQ(once_more->memory_limit(), 40 * kMiB);
  EXPECT_FALSE(once_more->Take(51 * kMiB));
  const auto last = launcher_->Next();
  EXPECT_EQ(last->memory_limit(), 50 * kMiB);
  EXPECT_FALSE(last->Take(51 * kMiB));
  const TrainingJob failed = AwaitEnd("beside");
  EXPECT_EQ(failed.state(), TrainingJob::STATE_FAILED);
  EXPECT_THAT(failed.error().message(), HasSubstr("raise worker.memory_per_tenant"));
}

class JobManagerTenantMemoryAloneTest : public JobManagerMemoryTest {
 protected:
  void SetUp() override {
    options_.max_running = 3;
    options_.memory_per_tenant = 50 * kMiB;
    options_.memory = &memory_;
    JobManagerFixture::SetUp();
  }
};

TEST_F(JobManagerTenantMemoryAloneTest, TenantsHaveTheirBoundWhereAllTogetherHaveNone) {
  CreateOf("first", 30);
  const auto first = launcher_->Next();
  EXPECT_EQ(first->memory_limit(), 30 * kMiB);
  CreateOf("second", 30);
  AwaitMessage("second", "waits for memory");
  CreateFor(Other(), "other", 300);
  const auto other = launcher_->Next();
  EXPECT_EQ(other->memory_limit(), 50 * kMiB);
  EXPECT_TRUE(first->Take(45 * kMiB));
  EXPECT_FALSE(other->Take(51 * kMiB));
  first->End(Success());
  launcher_->Next()->End(Success());
  AwaitEnd("second");
}

}  // namespace
}  // namespace clientele::training
