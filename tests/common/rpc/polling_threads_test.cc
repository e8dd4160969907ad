#include "common/rpc/polling_threads.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/base/executor.h"
#include "common/rpc/server.h"
#include "tests/common/rpc/fake_services.h"

namespace clientele::rpc {
namespace {

struct CallAtOnce {
  grpc::ClientContext context;
  v1::GetSettingsRequest request;
  v1::Settings response;
};

// A server and a channel in this process, whose callbacks the same threads run.
class PollingThreadsTest : public ::testing::Test {
 protected:
  void Start(int threads) {
    ServerOptions options;
    options.polling_threads = threads;
    server_ = Server::Start(options, {&service_}, metrics_).value();
    stub_ = v1::SettingsService::NewStub(ChannelTo(*server_));
  }

  // Makes so many calls at once, and runs `ended` where gRPC tells the end of each.
  void Call(int calls, const std::function<void()>& ended) {
    std::vector<std::unique_ptr<CallAtOnce>> all;
    absl::BlockingCounter open(calls);
    for (int i = 0; i < calls; ++i) {
      CallAtOnce& call = *all.emplace_back(std::make_unique<CallAtOnce>());
      stub_->async()->GetSettings(&call.context, &call.request, &call.response, [&](const grpc::Status& status) {
        EXPECT_TRUE(status.ok()) << status.error_message();
        ended();
        open.DecrementCount();
      });
    }
    open.Wait();
  }

  void CallTwoThatWaitForOneAnother() {
    auto* const both = new absl::Barrier(2);
    Call(2, [both] {
      if (both->Block()) delete both;
    });
  }

  std::set<std::thread::id> ThreadsOf(int calls) {
    absl::Mutex mutex;
    std::set<std::thread::id> threads;
    Call(calls, [&] {
      absl::MutexLock lock(&mutex);
      threads.insert(std::this_thread::get_id());
    });
    return threads;
  }

  observability::Metrics metrics_;
  Executor executor_{2, 1000};
  FakeSettings service_{
      executor_, [](const rpc::Call&, const v1::GetSettingsRequest&, v1::Settings&) { return absl::OkStatus(); }};
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::SettingsService::Stub> stub_;
};

TEST_F(PollingThreadsTest, OneRunsAllCallbacks) {
  const PollingThreads one(1, absl::InfiniteDuration());
  Start(0);
  EXPECT_EQ(ThreadsOf(200).size(), 1);
}

TEST_F(PollingThreadsTest, TwoInAProcessLeaveOneAtWorkTogether) {
  const PollingThreads one(1, absl::InfiniteDuration());
  Start(1);
  EXPECT_EQ(ThreadsOf(200).size(), 1);
}

// Two callbacks that wait for one another need two threads.
TEST_F(PollingThreadsTest, ASleeperIsWokenWhereCallbacksWaitLongAndSleepsAgainOnceAllIsCalm) {
  const PollingThreads one(1);
  Start(0);
  const int sleepers = one.sleepers();
  ASSERT_GE(sleepers, 1);
  CallTwoThatWaitForOneAnother();
  EXPECT_LT(one.sleepers(), sleepers);
  while (one.sleepers() < sleepers) absl::SleepFor(absl::Milliseconds(50));  // Else the test's time runs out.
  CallTwoThatWaitForOneAnother();
}

TEST_F(PollingThreadsTest, WhatSleptWorksAgainAfterwards) {
  { const PollingThreads one(1, absl::InfiniteDuration()); }
  Start(0);
  CallTwoThatWaitForOneAnother();
}

TEST_F(PollingThreadsTest, MoreThanThereAreAreAllThatThereAre) {
  const PollingThreads many(1000);
  Start(1000);
  CallTwoThatWaitForOneAnother();
}

TEST(EnoughPollingThreadsTest, IsAtLeastOne) { EXPECT_GE(PollingThreads::Enough(), 1); }

}  // namespace
}  // namespace clientele::rpc
