#include "common/base/executor.h"

#include <gmock/gmock.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/error.h"
#include "google/rpc/error_details.pb.h"
#include "tests/testing/status_matchers.h"

namespace clientele {
namespace {

using testutil::IsOk;
using testutil::StatusIs;

TEST(ExecutorTest, RunsAllItAccepts) {
  std::atomic<int> ran{0};
  {
    Executor executor(4, 1000);
    for (int i = 0; i < 1000; ++i) ASSERT_THAT(executor.Run([&] { ++ran; }), IsOk());
  }
  EXPECT_EQ(ran, 1000);
}

TEST(ExecutorTest, RunsAsManyAtOnceAsItHasThreads) {
  Executor executor(3, 10);
  auto* barrier = new absl::Barrier(4);  // Opens only when three tasks and this thread have come.
  const auto meet = [barrier] {
    if (barrier->Block()) delete barrier;
  };
  for (int i = 0; i < 3; ++i) ASSERT_THAT(executor.Run(meet), IsOk());
  meet();
}

TEST(ExecutorTest, RefusesWhatItCannotQueue) {
  Executor executor(1, 2);
  absl::Notification started, release;
  ASSERT_THAT(executor.Run([&] {
    started.Notify();
    release.WaitForNotification();
  }),
              IsOk());
  started.WaitForNotification();
  std::atomic<int> ran{0};
  EXPECT_THAT(executor.Run([&] { ++ran; }), IsOk());
  EXPECT_THAT(executor.Run([&] { ++ran; }), IsOk());
  const absl::Status refused = executor.Run([&] { ran += 100; });
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(ReasonOf(refused), "TOO_MANY_CALLS");
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(retry.ParseFromString(std::string(*refused.GetPayload("type.googleapis.com/google.rpc.RetryInfo"))));
  EXPECT_GT(retry.retry_delay().seconds(), 0);
  release.Notify();
  executor.Stop();
  EXPECT_EQ(ran, 2);
}

TEST(ExecutorTest, RefusesAllOnceStopped) {
  Executor executor(1, 2);
  executor.Stop();
  executor.Stop();
  const absl::Status refused = executor.Run([] { FAIL() << "ran after Stop"; });
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ReasonOf(refused), "SHUTTING_DOWN");
}

TEST(ExecutorTest, TheThreadThatWasIdleLastWorksNext) {
  constexpr int kThreads = 16;
  Executor executor(kThreads, kThreads);
  auto* barrier = new absl::Barrier(kThreads + 1);
  const auto meet = [barrier] {
    if (barrier->Block()) delete barrier;
  };
  for (int i = 0; i < kThreads; ++i) ASSERT_THAT(executor.Run(meet), IsOk());
  meet();  // As many threads have started.
  std::set<std::thread::id> workers;
  for (int i = 0; i < 4 * kThreads; ++i) {  // One after another: in turn, all threads would have some.
    absl::SleepFor(absl::Milliseconds(1));
    absl::Notification done;
    ASSERT_THAT(executor.Run([&] {
      workers.insert(std::this_thread::get_id());
      done.Notify();
    }),
                IsOk());
    done.WaitForNotification();
  }
  EXPECT_LT(workers.size(), kThreads);
}

}  // namespace
}  // namespace clientele
