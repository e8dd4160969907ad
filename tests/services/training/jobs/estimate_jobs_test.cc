// How the job manager asks what jobs will take: nobody waits for another's answer.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/resource_name.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/services/training/jobs/job_manager_fixture.h"

namespace clientele::training {
namespace {

using ::testing::ElementsAre;
using v1::TrainingJob;

constexpr int kMostAtOnce = 4;

// Answers for the tenants it does not hold; for those it holds, once it lets go.
class HeldMemory final : public JobMemory {
 public:
  MemoryNeed Of(const TrainingJob& job) override {
    const TrainingJobName name = *ParseTrainingJobName("name", job.name());
    absl::MutexLock lock(&mutex_);
    said_.push_back(absl::StrCat("asked for ", name.job));
    most_of_one_ = std::max(most_of_one_, ++asking_[name.tenant]);
    most_at_once_ = std::max(most_at_once_, ++asking_at_once_);
    if (name.tenant != *TenantId::Parse("acme")) mutex_.Await(absl::Condition(&released_));
    --asking_[name.tenant];
    --asking_at_once_;
    return {.bytes = 1};
  }
  void OnReserved(int64_t) override {}
  void OnMeasured(const TrainingJob& job, const MemoryNeed&, int64_t, bool) override {
    absl::MutexLock lock(&mutex_);
    said_.push_back(absl::StrCat("measured ", ParseTrainingJobName("name", job.name())->job));
  }

  void Release() {
    absl::MutexLock lock(&mutex_);
    released_ = true;
  }
  // Blocks until so many are asked for and not answered.
  void AwaitAsking(int count) {
    absl::MutexLock lock(&mutex_);
    const auto are = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return asking_at_once_ == count; };
    mutex_.Await(absl::Condition(&are));
  }
  int most_at_once() {
    absl::MutexLock lock(&mutex_);
    return most_at_once_;
  }
  int most_of_one() {
    absl::MutexLock lock(&mutex_);
    return most_of_one_;
  }
  std::vector<std::string> said() {
    absl::MutexLock lock(&mutex_);
    return said_;
  }

 private:
  absl::Mutex mutex_;
  bool released_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<TenantId, int> asking_ ABSL_GUARDED_BY(mutex_);
  int asking_at_once_ ABSL_GUARDED_BY(mutex_) = 0;
  int most_at_once_ ABSL_GUARDED_BY(mutex_) = 0;
  int most_of_one_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::string> said_ ABSL_GUARDED_BY(mutex_);
};

class EstimateJobsTest : public JobManagerFixture {
 protected:
  void SetUp() override {
    options_.memory_budget = 100;
    options_.memory = &memory_;
    JobManagerFixture::SetUp();
  }
  void TearDown() override {
    memory_.Release();  // Else the manager waits for it.
    JobManagerFixture::TearDown();
  }

  void CreateFor(const std::string& tenant, const std::string& id) {
    ASSERT_TRUE(manager_->Create(*TenantId::Parse(tenant), Request(id)).ok());
  }
  // The id of the next job that is launched. It succeeds.
  std::string RunNext() {
    const auto run = launcher_->Next();
    run->End(Success());
    return ParseTrainingJobName("name", run->job().name())->job;
  }

  HeldMemory memory_;
};

TEST_F(EstimateJobsTest, AnAnswerThatIsSlowHoldsBackNoOtherTenant) {
  CreateFor("slow", "first");
  memory_.AwaitAsking(1);
  CreateFor("acme", "second");
  EXPECT_EQ(RunNext(), "second");
  CreateFor("acme", "third");
  EXPECT_EQ(RunNext(), "third");
  memory_.Release();
  EXPECT_EQ(RunNext(), "first");
}

TEST_F(EstimateJobsTest, AFewAreAskedForAtOnceAndOneOfEachTenant) {
  for (int i = 0; i < kMostAtOnce + 3; ++i) {
    CreateFor(absl::StrCat("slow", i), absl::StrCat("first", i));
    CreateFor(absl::StrCat("slow", i), absl::StrCat("second", i));
  }
  memory_.AwaitAsking(kMostAtOnce);
  memory_.Release();
  for (int i = 0; i < 2 * (kMostAtOnce + 3); ++i) RunNext();
  EXPECT_EQ(memory_.most_at_once(), kMostAtOnce);
  EXPECT_EQ(memory_.most_of_one(), 1);
}

TEST_F(EstimateJobsTest, AJobIsAskedForOnceThereIsAPlaceForIt) {
  CreateFor("acme", "first");
  const auto first = launcher_->Next();
  CreateFor("acme", "second");
  first->End(Success());
  EXPECT_EQ(RunNext(), "second");
  AwaitEnd("second");
  EXPECT_THAT(memory_.said(), ElementsAre("asked for first", "measured first", "asked for second", "measured second"));
}

TEST_F(EstimateJobsTest, AJobThatIsAskedForCanBeCancelled) {
  CreateFor("slow", "first");
  memory_.AwaitAsking(1);
  const auto cancelled = manager_->Cancel({*TenantId::Parse("slow"), "first"}, StopToken());
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(cancelled->state(), TrainingJob::STATE_CANCELLED);
  memory_.Release();
  CreateFor("slow", "second");
  EXPECT_EQ(RunNext(), "second");
}

TEST_F(EstimateJobsTest, WhoLeadsAgainAsksAgain) {
  CreateFor("acme", "first");
  RunNext();
  AwaitEnd("first");
  manager_->Follow();
  CreateFor("acme", "second");
  ASSERT_TRUE(manager_->Lead().ok());
  EXPECT_EQ(RunNext(), "second");
}

}  // namespace
}  // namespace clientele::training
