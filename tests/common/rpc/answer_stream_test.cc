#include "common/rpc/answer_stream.h"

#include <gmock/gmock.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/base/error.h"
#include "common/rpc/status.h"
#include "tests/common/rpc/fake_services.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::rpc {
namespace {

using testutil::IsOk;
using testutil::StatusIs;
using Request = v1::IngestRecordsRequest;
using Response = v1::IngestRecordsResponse;
using Stub = v1::IngestionService::Stub;

// What a test makes of a request, and whether it is quick about it.
struct Script {
  std::function<bool(const Request&)> is_quick = [](const Request&) { return true; };
  std::function<absl::StatusOr<Response>(const Call&, const Request&)> answer = [](const Call&, const Request& request) {
    Response response;
    response.set_sequence(request.sequence());
    return response;
  };
};

class Scripted final : public Answerer<Request, Response> {
 public:
  explicit Scripted(const Script& script) : script_(script) {}
  bool Take(const Request& request) override {
    request_ = &request;
    return script_.is_quick(request);
  }
  absl::StatusOr<Response> Answer(const Call& call) override { return script_.answer(call, *request_); }

 private:
  const Script& script_;
  const Request* request_ = nullptr;
};

class AnsweringIngestion final : public v1::IngestionService::CallbackService {
 public:
  AnsweringIngestion(StreamPlaces& places, const Script& script) : places_(places), script_(script) {}
  grpc::ServerBidiReactor<Request, Response>* IngestRecords(grpc::CallbackServerContext* context) override {
    return AnswerStream<Request, Response>(context, places_, std::make_unique<Scripted>(script_));
  }

 private:
  StreamPlaces& places_;
  const Script& script_;
};

class AnswerStreamTest : public ::testing::Test {
 protected:
  void Serve(const ServerOptions& options = {}) {
    server_ = Server::Start(options, {&service_}, metrics_).value();
    stub_ = v1::IngestionService::NewStub(ChannelTo(*server_));
  }
  // Sends so many requests of so many records, then reads all answers, which must come in order. How the stream ended.
  absl::Status Exchange(uint64_t requests, int records = 0, uint64_t* answers = nullptr) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
    const auto stream = stub_->IngestRecords(&context);
    std::thread sender([&] {
      for (uint64_t i = 1; i <= requests; ++i) {
        Request request;
        request.set_parent("tenants/acme");
        request.set_sequence(i);
        for (int r = 0; r < records; ++r) request.add_records();
        if (!stream->Write(request)) break;
      }
      stream->WritesDone();
    });
    Response response;
    uint64_t read = 0;
    while (stream->Read(&response)) EXPECT_EQ(response.sequence(), ++read);
    sender.join();
    if (answers != nullptr) *answers = read;
    return FromGrpc(stream->Finish());
  }

  observability::Metrics metrics_;
  Script script_;
  StreamPlaces places_{2};
  AnsweringIngestion service_{places_, script_};
  std::unique_ptr<Server> server_;
  std::unique_ptr<Stub> stub_;
};

TEST_F(AnswerStreamTest, AnswersInOrderWhereverEachAnswerIsMade) {
  script_.is_quick = [](const Request& request) { return request.sequence() % 3 != 0; };
  Serve();
  uint64_t answers = 0;
  EXPECT_THAT(Exchange(2000, 0, &answers), IsOk());
  EXPECT_EQ(answers, 2000u);
  server_.reset();
  EXPECT_THAT(metrics_.Text(), ::testing::HasSubstr("IngestionService/IngestRecords\"} 2000"));
}

TEST_F(AnswerStreamTest, WhatIsNotQuickBlocksNobodyElse) {
  absl::Notification release;
  script_.is_quick = [](const Request& request) { return request.sequence() < 100; };
  script_.answer = [&](const Call&, const Request& request) -> absl::StatusOr<Response> {
    if (request.sequence() >= 100) release.WaitForNotification();
    Response response;
    response.set_sequence(request.sequence());
    return response;
  };
  Serve();
  grpc::ClientContext context;
  const auto slow = stub_->IngestRecords(&context);
  Request request;
  request.set_sequence(100);
  slow->Write(request);
  EXPECT_THAT(Exchange(99), IsOk());
  release.Notify();
  Response response;
  EXPECT_TRUE(slow->Read(&response));
  slow->WritesDone();
  EXPECT_THAT(FromGrpc(slow->Finish()), IsOk());
}

TEST_F(AnswerStreamTest, AnErrorEndsTheStreamAndSoDoesAThrow) {
  std::atomic<bool> is_quick = true;
  script_.is_quick = [&is_quick](const Request&) { return is_quick.load(); };
  script_.answer = [](const Call&, const Request& request) -> absl::StatusOr<Response> {
    if (request.sequence() == 3) return InvalidField("sequence", "three");
    if (request.sequence() == 2 && request.records_size() > 0) throw std::runtime_error("two");
    Response response;
    response.set_sequence(request.sequence());
    return response;
  };
  Serve();
  for (const bool quick : {true, false}) {
    is_quick = quick;
    uint64_t answers = 0;
    EXPECT_EQ(Exchange(10, 0, &answers), InvalidField("sequence", "three"));
    EXPECT_EQ(answers, 2u);
    EXPECT_THAT(Exchange(10, 1, &answers), StatusIs(absl::StatusCode::kInternal));
    EXPECT_EQ(answers, 1u);
  }
}

TEST_F(AnswerStreamTest, AStreamWithoutAPlaceIsRefusedUntilOneEnds) {
  Serve();
  grpc::ClientContext first, second;
  const auto a = stub_->IngestRecords(&first), b = stub_->IngestRecords(&second);
  Response response;
  for (const auto* stream : {&a, &b}) {  // Both are open once they are answered.
    (*stream)->Write(Request());
    EXPECT_TRUE((*stream)->Read(&response));
  }
  const absl::Status refused = Exchange(1);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(ReasonOf(refused), "TOO_MANY_CALLS");
  a->WritesDone();
  EXPECT_THAT(FromGrpc(a->Finish()), IsOk());
  // The client knows of the end before the server has let go.
  while (!Exchange(1).ok()) absl::SleepFor(absl::Milliseconds(5));
  b->WritesDone();
  EXPECT_THAT(FromGrpc(b->Finish()), IsOk());
}

TEST_F(AnswerStreamTest, CancellationReachesAnAnswerThatIsBeingMade) {
  absl::Notification answering, ended;
  script_.is_quick = [](const Request&) { return false; };
  script_.answer = [&](const Call& call, const Request&) -> absl::StatusOr<Response> {
    answering.Notify();
    while (!call.stop.cancelled()) absl::SleepFor(absl::Milliseconds(1));
    ended.Notify();
    return call.stop.Check();
  };
  Serve();
  grpc::ClientContext context;
  const auto stream = stub_->IngestRecords(&context);
  stream->Write(Request());
  answering.WaitForNotification();
  context.TryCancel();
  ended.WaitForNotification();
  EXPECT_THAT(FromGrpc(stream->Finish()), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(AnswerStreamTest, CancellationEndsAStreamThatWaitsForARequest) {
  Serve();
  grpc::ClientContext context;
  const auto stream = stub_->IngestRecords(&context);
  stream->Write(Request());
  Response response;
  EXPECT_TRUE(stream->Read(&response));
  context.TryCancel();
  EXPECT_THAT(FromGrpc(stream->Finish()), StatusIs(absl::StatusCode::kCancelled));
  server_.reset();  // Waits for the call's end.
  EXPECT_THAT(metrics_.Text(), ::testing::HasSubstr("code=\"CANCELLED\""));
}

// A client that does not read holds the server back: few answers are made that nobody takes.
TEST_F(AnswerStreamTest, FlowControlBoundsWhatIsAnsweredAhead) {
  std::atomic<int> answered{0};
  script_.answer = [&](const Call&, const Request&) -> absl::StatusOr<Response> {
    ++answered;
    Response response;
    response.mutable_result()->add_errors()->set_message(std::string(1 << 20, 'x'));
    return response;
  };
  Serve();
  grpc::ClientContext context;
  const auto stream = stub_->IngestRecords(&context);
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(stream->Write(Request()));
  int before = -1;
  while (before != answered.load() || before == 0) {  // Until it stands still.
    before = answered.load();
    absl::SleepFor(absl::Milliseconds(200));
  }
  EXPECT_LT(before, 64);
  context.TryCancel();
  EXPECT_THAT(FromGrpc(stream->Finish()), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(AnswerStreamTest, AStreamOverItsRowsIsSlowedDownAndEndsWithItsCaller) {
  const testutil::TempDir dir;
  ServerOptions options;
  options.quota.file = dir.Write("quotas.json", R"({"tenant_quotas": [{"name": "tenants/acme/quota",
                                                     "rows_per_second": 1000, "row_burst": 100}]})");
  options.admin_address = "127.0.0.1:0";
  Serve(options);
  const absl::Time start = absl::Now();
  uint64_t answers = 0;
  EXPECT_THAT(Exchange(10, 100, &answers), IsOk());
  EXPECT_EQ(answers, 10u);
  EXPECT_GT(absl::Now() - start, absl::Milliseconds(700));  // 800 rows beyond the burst and the last batch, in debt.

  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Milliseconds(500)));
  const auto stream = stub_->IngestRecords(&context);
  Request request;
  request.set_parent("tenants/acme");
  for (int r = 0; r < 100'000; ++r) request.add_records();
  stream->Write(request);
  stream->Write(request);
  Response response;
  while (stream->Read(&response)) {
  }
  EXPECT_THAT(FromGrpc(stream->Finish()), StatusIs(absl::StatusCode::kDeadlineExceeded));
  server_->Shutdown();
  EXPECT_LT(absl::Now() - start, absl::Seconds(60)) << "it did not wait for the quota";
}

}  // namespace
}  // namespace clientele::rpc
