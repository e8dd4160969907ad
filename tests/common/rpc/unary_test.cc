#include "common/rpc/unary.h"

#include <gmock/gmock.h>

#include <new>
#include <stdexcept>

#include "absl/synchronization/notification.h"
#include "common/base/error.h"
#include "common/rpc/status.h"
#include "tests/common/rpc/fake_services.h"
#include "tests/testing/status_matchers.h"

namespace clientele::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using testutil::IsOk;
using testutil::StatusIs;

class UnaryTest : public ::testing::Test {
 protected:
  void Serve(FakeSettings::Get get, ServerOptions options = {}) {
    server_.reset();
    service_ = std::make_unique<FakeSettings>(executor_, std::move(get));
    server_ = Server::Start(options, {service_.get()}, metrics_).value();
    stub_ = v1::SettingsService::NewStub(ChannelTo(*server_));
  }

  absl::Status Get(grpc::ClientContext& context) {
    v1::GetSettingsRequest request;
    request.set_name("tenants/acme/settings");
    return FromGrpc(stub_->GetSettings(&context, request, &response_));
  }
  absl::Status Get() {
    grpc::ClientContext context;
    Prepare(context, absl::Seconds(30));
    return Get(context);
  }

  observability::Metrics metrics_;
  Executor executor_{4, 16};
  std::unique_ptr<FakeSettings> service_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::SettingsService::Stub> stub_;
  v1::Settings response_;
};

TEST_F(UnaryTest, AnswersAndTellsTheHandlerWhatItServes) {
  Call seen;
  Serve([&](const Call& call, const v1::GetSettingsRequest& request, v1::Settings& response) {
    seen = call;
    response.set_name(request.name());
    return absl::OkStatus();
  });
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "order-17");
  context.AddMetadata("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
  ASSERT_THAT(Get(context), IsOk());
  EXPECT_EQ(response_.name(), "tenants/acme/settings");
  EXPECT_EQ(seen.method, "clientele.ingestion.v1.SettingsService/GetSettings");
  EXPECT_EQ(seen.request_id, "order-17");
  EXPECT_THAT(seen.traceparent, MatchesRegex("00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01"));
  EXPECT_LT(seen.stop.deadline(), absl::Now() + absl::Minutes(1));
  EXPECT_EQ(context.GetServerInitialMetadata().find("x-request-id")->second, "order-17");
}

TEST_F(UnaryTest, ACallWithoutARequestIdGetsOneAndIsToldItWhereItFails) {
  std::string seen;
  absl::Status status;
  Serve([&](const Call& call, const v1::GetSettingsRequest&, v1::Settings&) {
    seen = call.request_id;
    return status;
  });
  grpc::ClientContext context;
  ASSERT_THAT(Get(context), IsOk());
  EXPECT_THAT(seen, MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(context.GetServerInitialMetadata().count("x-request-id"), 0);
  status = InvalidField("name", "not yours");
  grpc::ClientContext failing;
  EXPECT_EQ(Get(failing), status);
  EXPECT_EQ(failing.GetServerTrailingMetadata().find("x-request-id")->second, seen);
}

TEST_F(UnaryTest, ErrorsReachTheCallerWithTheirDetails) {
  Serve([&](const Call&, const v1::GetSettingsRequest&, v1::Settings&) { return InvalidField("name", "not yours"); });
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "order-17");
  EXPECT_EQ(Get(context), InvalidField("name", "not yours"));
  EXPECT_EQ(context.GetServerTrailingMetadata().find("x-request-id")->second, "order-17");
}

TEST_F(UnaryTest, WhatAHandlerThrowsIsAnInternalErrorAndTheServerLives) {
  Serve([&](const Call&, const v1::GetSettingsRequest&, v1::Settings&) -> absl::Status { throw std::bad_alloc(); });
  EXPECT_THAT(Get(), StatusIs(absl::StatusCode::kInternal, HasSubstr("request id")));
  Serve([&](const Call&, const v1::GetSettingsRequest&, v1::Settings&) -> absl::Status { throw 7; });
  EXPECT_THAT(Get(), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(Get(), StatusIs(absl::StatusCode::kInternal));
}

TEST_F(UnaryTest, ACancelledCallStopsItsHandler) {
  absl::Notification started, stopped;
  Serve([&](const Call& call, const v1::GetSettingsRequest&, v1::Settings&) {
    started.Notify();
    while (call.stop.Check().ok()) absl::SleepFor(absl::Milliseconds(1));
    stopped.Notify();
    return call.stop.Check();
  });
  grpc::ClientContext context;
  std::thread canceller([&] {
    started.WaitForNotification();
    context.TryCancel();
  });
  EXPECT_THAT(Get(context), StatusIs(absl::StatusCode::kCancelled));
  canceller.join();
  stopped.WaitForNotification();
}

TEST_F(UnaryTest, TheServerCapsTheTimeOfACall) {
  ServerOptions options;
  options.max_unary_duration = absl::Milliseconds(50);
  Serve(
      [&](const Call& call, const v1::GetSettingsRequest&, v1::Settings&) {
        while (call.stop.Check().ok()) absl::SleepFor(absl::Milliseconds(1));
        return call.stop.Check();
      },
      options);
  grpc::ClientContext context;  // Without a deadline of its own.
  const absl::Status status = Get(context);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(ReasonOf(status), "DEADLINE_EXCEEDED");
}

TEST_F(UnaryTest, AServerMayWantADeadline) {
  ServerOptions options;
  options.require_deadline = true;
  Serve([&](const Call&, const v1::GetSettingsRequest&, v1::Settings&) { return absl::OkStatus(); }, options);
  grpc::ClientContext without;
  const absl::Status status = Get(without);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ReasonOf(status), "DEADLINE_REQUIRED");
  EXPECT_THAT(Get(), IsOk());
}

TEST_F(UnaryTest, AFullExecutorRefusesAndRecovers) {
  Executor one(1, 1);
  absl::Notification release;
  absl::Mutex mutex;
  int running = 0;
  FakeSettings service(one, [&](const Call&, const v1::GetSettingsRequest&, v1::Settings&) {
    {
      absl::MutexLock lock(&mutex);
      ++running;
    }
    release.WaitForNotification();
    return absl::OkStatus();
  });
  auto server = Server::Start({}, {&service}, metrics_).value();
  stub_ = v1::SettingsService::NewStub(ChannelTo(*server));
  std::vector<absl::Status> results(3);
  std::vector<std::thread> callers;
  absl::Notification refused;
  const auto call = [&](absl::Status& result) {
    callers.emplace_back([&] {
      grpc::ClientContext context;
      v1::Settings response;
      result = FromGrpc(stub_->GetSettings(&context, {}, &response));
      if (!result.ok()) refused.Notify();
    });
  };
  call(results[0]);
  {
    absl::MutexLock lock(&mutex);
    mutex.Await(absl::Condition(+[](int* calls) { return *calls == 1; }, &running));
  }
  call(results[1]);
  call(results[2]);
  refused.WaitForNotification();  // One runs, one waits, the third is told so at once.
  release.Notify();
  for (std::thread& caller : callers) caller.join();
  int ok = 0;
  for (const absl::Status& result : results) {
    if (result.ok()) {
      ++ok;
    } else {
      EXPECT_THAT(result, StatusIs(absl::StatusCode::kResourceExhausted));
      EXPECT_EQ(ReasonOf(result), "TOO_MANY_CALLS");
    }
  }
  EXPECT_EQ(ok, 2);
  EXPECT_THAT(Get(), IsOk());
}

TEST_F(UnaryTest, InlineRunsOnTheSpot) {
  class Inline final : public v1::SettingsService::CallbackService {
   public:
    grpc::ServerUnaryReactor* GetSettings(grpc::CallbackServerContext* context, const v1::GetSettingsRequest*,
                                          v1::Settings* response) override {
      grpc::ServerUnaryReactor* reactor = UnaryInline(context, [response](const Call&) {
        response->set_etag("here");
        return absl::OkStatus();
      });
      done_before_return = response->etag() == "here";
      return reactor;
    }
    bool done_before_return = false;
  } service;
  auto server = Server::Start({}, {&service}, metrics_).value();
  stub_ = v1::SettingsService::NewStub(ChannelTo(*server));
  ASSERT_THAT(Get(), IsOk());
  EXPECT_EQ(response_.etag(), "here");
  EXPECT_TRUE(service.done_before_return);
}

// Two servers, the first of which asks the second: who asked and in which trace arrives at the end.
TEST_F(UnaryTest, TraceAndRequestIdGoThroughTwoHops) {
  Call far;
  Serve([&](const Call& call, const v1::GetSettingsRequest&, v1::Settings&) {
    far = call;
    return absl::OkStatus();
  });
  Call near;
  FakeSettings front(executor_, [&](const Call& call, const v1::GetSettingsRequest& request, v1::Settings& response) {
    near = call;
    grpc::ClientContext context;
    Prepare(context, absl::Minutes(10), &call);
    return FromGrpc(stub_->GetSettings(&context, request, &response));
  });
  auto front_server = Server::Start({}, {&front}, metrics_).value();
  auto front_stub = v1::SettingsService::NewStub(ChannelTo(*front_server));
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "order-17");
  context.AddMetadata("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(20)));
  v1::Settings response;
  ASSERT_THAT(FromGrpc(front_stub->GetSettings(&context, {}, &response)), IsOk());
  EXPECT_EQ(far.request_id, "order-17");
  EXPECT_THAT(far.traceparent, MatchesRegex("00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01"));
  EXPECT_NE(far.traceparent, near.traceparent);                    // A span of its own.
  EXPECT_LT(far.stop.deadline(), absl::Now() + absl::Minutes(1));  // The caller's, not the ten minutes.
}

}  // namespace
}  // namespace clientele::rpc
