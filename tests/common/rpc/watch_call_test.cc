#include "common/rpc/watch_call.h"

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "common/base/error.h"
#include "tests/common/rpc/fake_services.h"
#include "tests/testing/status_matchers.h"

namespace clientele::rpc {
namespace {

using ::testing::ElementsAre;
using testutil::IsOk;
using testutil::StatusIs;
using Change = v1::ReadDatasetResponse;

// A server that tells changes, and a client that watches them.
class WatchCallTest : public ::testing::Test {
 protected:
  void Serve(ServerStreamHandler<Change> tell) {
    service_ = std::make_unique<FakeFeatures>(executor_, std::move(tell));
    server_ = Server::Start({}, {service_.get()}, metrics_).value();
    stub_ = v1::FeatureService::NewStub(ChannelTo(*server_));
  }

  // `visit` says whether it wants more.
  absl::Status Watch(const std::function<bool(int64_t change)>& visit) {
    const v1::ReadDatasetRequest request;
    return watch_.Read<Change>(
        [&](grpc::ClientContext& context, auto* reader) { stub_->async()->ReadDataset(&context, &request, reader); },
        [&](const Change& change) { return visit(change.omissions().opted_out_rows()); });
  }

  static bool Tell(StreamWriter<Change>& writer, int64_t number) {
    Change change;
    change.mutable_omissions()->set_opted_out_rows(number);
    return writer.Write(std::move(change));
  }

  // As a server does that has nothing to tell: until the caller has gone.
  static absl::Status Idle(const Call& call) {
    while (call.stop.Check().ok() && call.drain.Check().ok()) absl::SleepFor(absl::Milliseconds(1));
    return call.stop.Check();
  }

  observability::Metrics metrics_;
  Executor executor_{4, 16};
  std::unique_ptr<FakeFeatures> service_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::FeatureService::Stub> stub_;
  WatchCall watch_;
};

TEST_F(WatchCallTest, EveryChangeIsSeenInOrderUntilTheServerEndsTheStream) {
  Serve([](const Call&, StreamWriter<Change>& writer) {
    for (int64_t i = 1; i <= 1000; ++i) Tell(writer, i);
    return absl::OkStatus();
  });
  int64_t next = 1;
  EXPECT_THAT(Watch([&](int64_t change) { return change == next++; }), IsOk());
  EXPECT_EQ(next, 1001);
}

TEST_F(WatchCallTest, TheServersErrorIsTheWatchs) {
  Serve([](const Call&, StreamWriter<Change>& writer) -> absl::Status {
    Tell(writer, 1);
    return InvalidField("after_sequence", "is of the future");
  });
  std::vector<int64_t> seen;
  EXPECT_EQ(Watch([&](int64_t change) {
              seen.push_back(change);
              return true;
            }),
            InvalidField("after_sequence", "is of the future"));
  EXPECT_THAT(seen, ElementsAre(1));
}

TEST_F(WatchCallTest, WhoHasSeenEnoughEndsItAndTheServerLearnsIt) {
  absl::Notification gone;
  Serve([&](const Call& call, StreamWriter<Change>& writer) {
    for (int64_t i = 1; Tell(writer, i); ++i) continue;
    const absl::Status status = Idle(call);
    gone.Notify();
    return status;
  });
  std::vector<int64_t> seen;
  EXPECT_THAT(Watch([&](int64_t change) {
                seen.push_back(change);
                return change < 3;
              }),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(seen, ElementsAre(1, 2, 3));
  gone.WaitForNotification();
}

TEST_F(WatchCallTest, AWatchThatWaitsIsStoppedAndNoneBeginsAfterwards) {
  Serve([&](const Call& call, StreamWriter<Change>& writer) {
    Tell(writer, 1);
    return Idle(call);
  });
  absl::Notification waits;
  std::thread stopper([&] {
    waits.WaitForNotification();
    watch_.Stop();
  });
  const auto more = [&](int64_t) {
    waits.Notify();
    return true;
  };
  EXPECT_THAT(Watch(more), StatusIs(absl::StatusCode::kCancelled));
  stopper.join();
  EXPECT_THAT(Watch(more), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(WatchCallTest, AServerThatStopsEndsIt) {
  absl::Notification begun;
  Serve([&](const Call& call, StreamWriter<Change>& writer) {
    Tell(writer, 1);
    begun.Notify();
    return Idle(call);
  });
  std::thread stopper([&] {
    begun.WaitForNotification();
    server_->Shutdown();
  });
  EXPECT_THAT(Watch([](int64_t) { return true; }), IsOk());
  stopper.join();
  const absl::Status gone = Watch([](int64_t) { return true; });
  EXPECT_THAT(gone, StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace clientele::rpc
