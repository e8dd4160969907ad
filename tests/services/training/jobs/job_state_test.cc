#include "services/training/jobs/job_state.h"

#include <string>
#include <utility>


#include "common/base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace clientele::training {
namespace {

using v1::TrainingJob;

constexpr auto kQueued = TrainingJob::STATE_QUEUED;
constexpr auto kRunning = TrainingJob::STATE_RUNNING;
constexpr auto kSucceeded = TrainingJob::STATE_SUCCEEDED;
constexpr auto kFailed = TrainingJob::STATE_FAILED;
constexpr auto kCancelled = TrainingJob::STATE_CANCELLED;
constexpr auto kNone = TrainingJob::STATE_UNSPECIFIED;

struct Row {
  TrainingJob::State from;
  TrainingJob::State start, succeed, fail, cancel, requeue;  // Where each event leads; kNone: it is refused.
};

// Every state and every event.
constexpr Row kTable[] = {
    //            start     succeed     fail     cancel      requeue
    {kQueued,     kRunning, kNone,      kFailed, kCancelled, kNone},
    {kRunning,    kNone,    kSucceeded, kFailed, kCancelled, kQueued},
    {kSucceeded,  kNone,    kNone,      kNone,   kNone,      kNone},
    {kFailed,     kNone,    kNone,      kNone,   kNone,      kNone},
    {kCancelled,  kNone,    kNone,      kNone,   kNone,      kNone},
};

TEST(JobStateTest, FollowsTheTable) {
  for (const Row& row : kTable) {
    const std::pair<JobEvent, TrainingJob::State> expectations[] = {{JobEvent::kStart, row.start},
                                                                    {JobEvent::kSucceed, row.succeed},
                                                                    {JobEvent::kFail, row.fail},
                                                                    {JobEvent::kCancel, row.cancel},
                                                                    {JobEvent::kRequeue, row.requeue}};
    for (const auto& [event, to] : expectations) {
      SCOPED_TRACE(std::string(JobStateName(row.from)) + " " + std::string(JobEventName(event)));
      const auto next = NextState(row.from, event);
      EXPECT_EQ(next.ok(), to != kNone);
      EXPECT_EQ(next.value_or(kNone), to);
      if (HasEnded(row.from)) {
        EXPECT_EQ(ReasonOf(next.status()), "TRAINING_JOB_ENDED");
      }
    }
  }
}

TEST(JobStateTest, KeepsTheTimesOfAJob) {
  TrainingJob job;
  job.set_state(kQueued);
  ASSERT_TRUE(ApplyEvent(JobEvent::kStart, absl::FromUnixSeconds(10), job).ok());
  EXPECT_EQ(job.start_time().seconds(), 10);
  EXPECT_FALSE(job.has_end_time());
  job.mutable_progress()->set_fraction(0.5);
  ASSERT_TRUE(ApplyEvent(JobEvent::kSucceed, absl::FromUnixSeconds(20), job).ok());
  EXPECT_EQ(job.end_time().seconds(), 20);
  EXPECT_EQ(job.progress().fraction(), 1);
}

TEST(JobStateTest, ForgetsWhatARunWasWhenItIsQueuedAgain) {
  TrainingJob job;
  job.set_state(kRunning);
  job.mutable_start_time()->set_seconds(10);
  job.mutable_progress()->set_fraction(0.5);
  ASSERT_TRUE(ApplyEvent(JobEvent::kRequeue, absl::FromUnixSeconds(20), job).ok());
  EXPECT_FALSE(job.has_start_time());
  EXPECT_FALSE(job.has_progress());
  EXPECT_FALSE(job.has_end_time());
}

TEST(JobStateTest, LeavesAJobAloneWhenItRefuses) {
  TrainingJob job;
  job.set_state(kFailed);
  job.mutable_end_time()->set_seconds(1);
  const std::string before = job.SerializeAsString();
  EXPECT_FALSE(ApplyEvent(JobEvent::kCancel, absl::FromUnixSeconds(20), job).ok());
  EXPECT_EQ(job.SerializeAsString(), before);
}

}  // namespace
}  // namespace clientele::training
