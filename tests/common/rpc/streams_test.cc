#include "common/rpc/streams.h"

#include <gmock/gmock.h>

#include <atomic>

#include "absl/synchronization/notification.h"
#include "common/base/error.h"
#include "common/rpc/status.h"
#include "tests/common/rpc/fake_services.h"
#include "tests/testing/status_matchers.h"

namespace clientele::rpc {
namespace {

using testutil::IsOk;
using testutil::StatusIs;
using Request = v1::IngestRecordsRequest;
using Response = v1::IngestRecordsResponse;

class StreamsTest : public ::testing::Test {
 protected:
  void Serve(grpc::Service* service) { server_ = Server::Start({}, {service}, metrics_).value(); }

  observability::Metrics metrics_;
  Executor executor_{4, 16};
  std::unique_ptr<Server> server_;
};

absl::Status Echo(const Call& call, StreamReader<Request>& reader, StreamWriter<Response>& writer) {
  Request request;
  while (reader.Read(&request)) {
    Response response;
    response.set_sequence(request.sequence());
    if (!writer.Write(std::move(response))) return absl::CancelledError("gone");
  }
  return call.stop.Check();
}

TEST_F(StreamsTest, BidiAnswersEveryMessageInOrder) {
  FakeIngestion service(executor_, Echo);
  Serve(&service);
  auto stub = v1::IngestionService::NewStub(ChannelTo(*server_));
  grpc::ClientContext context;
  auto stream = stub->IngestRecords(&context);
  constexpr uint64_t kMessages = 2000;
  std::thread sender([&] {
    Request request;
    for (uint64_t i = 1; i <= kMessages; ++i) {
      request.set_sequence(i);
      ASSERT_TRUE(stream->Write(request));
    }
    stream->WritesDone();
  });
  Response response;
  uint64_t next = 1;
  while (stream->Read(&response)) EXPECT_EQ(response.sequence(), next++);
  sender.join();
  EXPECT_THAT(FromGrpc(stream->Finish()), IsOk());
  EXPECT_EQ(next, kMessages + 1);
}

TEST_F(StreamsTest, AHandlerMayEndAStreamEarly) {
  FakeIngestion service(executor_, [](const Call&, StreamReader<Request>& reader, StreamWriter<Response>&) {
    Request request;
    reader.Read(&request);
    return InvalidField("parent", "required in the first message");
  });
  Serve(&service);
  auto stub = v1::IngestionService::NewStub(ChannelTo(*server_));
  grpc::ClientContext context;
  auto stream = stub->IngestRecords(&context);
  Request request;
  while (stream->Write(request)) {
  }
  EXPECT_EQ(FromGrpc(stream->Finish()), InvalidField("parent", "required in the first message"));
}

TEST_F(StreamsTest, CancellationWakesAReaderThatWaits) {
  absl::Notification reading, ended;
  FakeIngestion service(
      executor_, [&](const Call& call, StreamReader<Request>& reader, StreamWriter<Response>& writer) {
        Request request;
        EXPECT_TRUE(reader.Read(&request));
        reading.Notify();
        EXPECT_FALSE(reader.Read(&request));  // Would wait for ever: the client sends no more and does not end.
        EXPECT_TRUE(call.stop.cancelled());
        EXPECT_FALSE(writer.Write(Response()));
        ended.Notify();
        return call.stop.Check();
      });
  Serve(&service);
  auto stub = v1::IngestionService::NewStub(ChannelTo(*server_));
  grpc::ClientContext context;
  auto stream = stub->IngestRecords(&context);
  stream->Write(Request());
  reading.WaitForNotification();
  context.TryCancel();
  ended.WaitForNotification();
  EXPECT_THAT(FromGrpc(stream->Finish()), StatusIs(absl::StatusCode::kCancelled));
}

// A client that does not read holds the server back after a few messages; a cancel then wakes the writer.
TEST_F(StreamsTest, FlowControlBoundsWhatIsSentAndCancellationWakesTheWriter) {
  std::atomic<int> sent{0};
  absl::Notification ended;
  FakeFeatures service(executor_, [&](const Call& call, StreamWriter<v1::ReadDatasetResponse>& writer) {
    v1::ReadDatasetResponse message;
    message.mutable_header()->add_columns()->mutable_feature()->set_name(std::string(1 << 20, 'x'));
    while (writer.Write(message)) ++sent;
    EXPECT_TRUE(call.stop.cancelled());
    ended.Notify();
    return absl::OkStatus();
  });
  Serve(&service);
  auto stub = v1::FeatureService::NewStub(ChannelTo(*server_));
  grpc::ClientContext context;
  auto stream = stub->ReadDataset(&context, {});
  int before = -1;
  while (before != sent.load() || before == 0) {  // Until it stands still.
    before = sent.load();
    absl::SleepFor(absl::Milliseconds(200));
  }
  EXPECT_LT(before, 64);
  context.TryCancel();
  ended.WaitForNotification();
  v1::ReadDatasetResponse message;
  while (stream->Read(&message)) {
  }
  EXPECT_THAT(FromGrpc(stream->Finish()), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_LT(sent.load(), 64);
}

// A handler that does not read holds the client back.
TEST_F(StreamsTest, FlowControlBoundsWhatIsReadAhead) {
  absl::Notification release;
  FakeModels service(executor_,
                     [&](const Call&, StreamReader<PublishModelVersionRequest>& reader, ModelVersion& version) {
                       release.WaitForNotification();
                       PublishModelVersionRequest request;
                       int64_t messages = 0;
                       while (reader.Read(&request)) ++messages;
                       version.set_name(std::to_string(messages));
                       return absl::OkStatus();
                     });
  Serve(&service);
  auto stub = ModelService::NewStub(ChannelTo(*server_));
  grpc::ClientContext context;
  ModelVersion version;
  auto stream = stub->PublishModelVersion(&context, &version);
  std::atomic<int> written{0};
  constexpr int kMessages = 200;
  std::thread sender([&] {
    PublishModelVersionRequest request;
    request.set_chunk(std::string(1 << 20, 'x'));
    for (int i = 0; i < kMessages; ++i) {
      ASSERT_TRUE(stream->Write(request));
      ++written;
    }
    stream->WritesDone();
  });
  int before = -1;
  while (before != written.load()) {
    before = written.load();
    absl::SleepFor(absl::Milliseconds(200));
  }
  EXPECT_LT(before, 64);
  release.Notify();
  sender.join();
  EXPECT_THAT(FromGrpc(stream->Finish()), IsOk());
  EXPECT_EQ(version.name(), std::to_string(kMessages));
}

TEST_F(StreamsTest, ServerStreamSendsAllThenItsStatus) {
  FakeFeatures service(executor_, [&](const Call&, StreamWriter<v1::ReadDatasetResponse>& writer) {
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(writer.Write(v1::ReadDatasetResponse()));
    return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kDataNotReady, "the rest is missing");
  });
  Serve(&service);
  auto stub = v1::FeatureService::NewStub(ChannelTo(*server_));
  grpc::ClientContext context;
  auto stream = stub->ReadDataset(&context, {});
  v1::ReadDatasetResponse message;
  int messages = 0;
  while (stream->Read(&message)) ++messages;
  EXPECT_EQ(messages, 100);
  const absl::Status status = FromGrpc(stream->Finish());
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, "the rest is missing"));
  EXPECT_EQ(ReasonOf(status), "DATA_NOT_READY");
}

TEST_F(StreamsTest, AFullExecutorRefusesAStream) {
  Executor stopped(1, 1);
  stopped.Stop();
  FakeIngestion service(stopped, Echo);
  Serve(&service);
  auto stub = v1::IngestionService::NewStub(ChannelTo(*server_));
  grpc::ClientContext context;
  auto stream = stub->IngestRecords(&context);
  Response response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_THAT(FromGrpc(stream->Finish()), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(StreamsTest, ABrokenClientStreamIsNotAnEnd) {
  absl::Notification reading, ended;
  FakeModels service(executor_, [&](const Call& call, StreamReader<PublishModelVersionRequest>& reader, ModelVersion&) {
    PublishModelVersionRequest request;
    EXPECT_TRUE(reader.Read(&request));
    reading.Notify();
    EXPECT_FALSE(reader.Read(&request));
    EXPECT_FALSE(call.stop.Check().ok());  // How a handler tells a complete upload from a broken one.
    ended.Notify();
    return absl::OkStatus();
  });
  Serve(&service);
  auto stub = ModelService::NewStub(ChannelTo(*server_));
  grpc::ClientContext context;
  ModelVersion version;
  auto stream = stub->PublishModelVersion(&context, &version);
  stream->Write({});
  reading.WaitForNotification();
  context.TryCancel();
  ended.WaitForNotification();
  EXPECT_FALSE(stream->Finish().ok());
  server_.reset();
  EXPECT_THAT(metrics_.Text(), ::testing::HasSubstr("code=\"CANCELLED\""));
}

}  // namespace
}  // namespace clientele::rpc
