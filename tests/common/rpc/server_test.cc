#include "common/rpc/server.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/base/error.h"
#include "common/rpc/status.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/common/rpc/fake_services.h"
#include "tests/testing/http_get.h"
#include "tests/testing/status_matchers.h"

namespace clientele::rpc {
namespace {

using ::grpc::health::v1::Health;
using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;
using ::testing::HasSubstr;
using testutil::IsOk;
using testutil::StatusIs;

constexpr char kReflection[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
constexpr char kSettingsService[] = "clientele.ingestion.v1.SettingsService";

absl::Status GetSettings(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext context;
  v1::Settings response;
  return FromGrpc(v1::SettingsService::NewStub(channel)->GetSettings(&context, {}, &response));
}

absl::StatusOr<HealthCheckResponse::ServingStatus> CheckHealth(const std::shared_ptr<grpc::Channel>& channel,
                                                               const std::string& service) {
  grpc::ClientContext context;
  HealthCheckRequest request;
  request.set_service(service);
  HealthCheckResponse response;
  const grpc::Status status = Health::NewStub(channel)->Check(&context, request, &response);
  if (!status.ok()) return FromGrpc(status);
  return response.status();
}

class ServerTest : public ::testing::Test {
 protected:
  void Start(ServerOptions options = {}) { server_ = Server::Start(options, {&service_}, metrics_).value(); }

  observability::Metrics metrics_;
  Executor executor_{4, 16};
  FakeSettings::Get get_ = [](const Call&, const v1::GetSettingsRequest&, v1::Settings&) { return absl::OkStatus(); };
  FakeSettings service_{executor_, [this](const Call& call, const v1::GetSettingsRequest& request,
                                          v1::Settings& response) { return get_(call, request, response); }};
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, EveryServiceHasItsHealth) {
  Start();
  const auto channel = ChannelTo(*server_);
  EXPECT_THAT(CheckHealth(channel, ""), testutil::IsOkAndHolds(HealthCheckResponse::SERVING));
  EXPECT_THAT(CheckHealth(channel, kSettingsService), testutil::IsOkAndHolds(HealthCheckResponse::SERVING));
  EXPECT_THAT(CheckHealth(channel, "no.such.Service"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ServerTest, AServerThatIsNotReadyAnswersAndSaysSo) {
  ServerOptions options;
  options.starts_ready = false;
  Start(options);
  const auto channel = ChannelTo(*server_);
  for (const char* service : {"", kSettingsService}) {
    EXPECT_THAT(CheckHealth(channel, service), testutil::IsOkAndHolds(HealthCheckResponse::NOT_SERVING)) << service;
  }
  EXPECT_OK(GetSettings(channel));
  server_->Ready();
  EXPECT_THAT(CheckHealth(channel, kSettingsService), testutil::IsOkAndHolds(HealthCheckResponse::SERVING));
}

TEST_F(ServerTest, ProbesAreToldItsHealthAndNothingElse) {
  ServerOptions options;
  options.probe_address = "127.0.0.1:0";
  options.starts_ready = false;
  Start(options);
  ChannelOptions probe;
  probe.address = absl::StrCat("127.0.0.1:", server_->probe_port());
  const auto channel = MakeChannel(probe).value();
  EXPECT_THAT(CheckHealth(channel, kSettingsService), testutil::IsOkAndHolds(HealthCheckResponse::NOT_SERVING));
  server_->Ready();
  EXPECT_THAT(CheckHealth(channel, kSettingsService), testutil::IsOkAndHolds(HealthCheckResponse::SERVING));
  EXPECT_THAT(CheckHealth(ChannelTo(*server_), ""), testutil::IsOkAndHolds(HealthCheckResponse::SERVING));
  EXPECT_THAT(GetSettings(channel), StatusIs(absl::StatusCode::kUnimplemented));
  server_->Shutdown();
  EXPECT_THAT(CheckHealth(channel, ""), StatusIs(absl::StatusCode::kUnavailable));
}

// ServerReflectionRequest{list_services: ""}, by hand: Debian installs no stubs for it, and a second copy of its
// messages in one process aborts.
TEST_F(ServerTest, ReflectionListsTheServices) {
  Start();
  grpc::GenericStub stub(ChannelTo(*server_));
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  auto stream = stub.PrepareCall(&context, kReflection, &queue);
  void* tag = nullptr;
  bool ok = false;
  stream->StartCall(&tag);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  const grpc::Slice slice(std::string("\x3a\x00", 2));
  stream->Write(grpc::ByteBuffer(&slice, 1), &tag);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  grpc::ByteBuffer answer;
  stream->Read(&answer, &tag);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(answer.Dump(&slices).ok());
  std::string text;
  for (const grpc::Slice& part : slices) text.append(reinterpret_cast<const char*>(part.begin()), part.size());
  EXPECT_THAT(text, HasSubstr(kSettingsService));
  context.TryCancel();
  grpc::Status status;
  stream->Finish(&status, &tag);
  queue.Next(&tag, &ok);
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
}

TEST_F(ServerTest, ReflectionCanBeLeftOut) {
  ServerOptions options;
  options.reflection = false;
  Start(options);
  grpc::GenericStub stub(ChannelTo(*server_));
  grpc::ClientContext context;
  const grpc::Slice slice("");
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  grpc::Status status;
  absl::Notification done;
  stub.UnaryCall(&context, kReflection, {}, &request, &response, [&](const grpc::Status& ended) {
    status = ended;
    done.Notify();
  });
  done.WaitForNotification();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << status.error_message();
}

TEST_F(ServerTest, AnUnknownMethodIsAnErrorOfOurs) {
  Start();
  grpc::ClientContext context;
  v1::GetIngestionReportRequest request;
  v1::IngestionReport report;
  const absl::Status status =
      FromGrpc(v1::IngestionService::NewStub(ChannelTo(*server_))->GetIngestionReport(&context, request, &report));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("IngestionService/GetIngestionReport")));
  EXPECT_EQ(ReasonOf(status), "UNIMPLEMENTED");
}

TEST_F(ServerTest, MethodsWithoutAHandlerAreUnimplemented) {
  Start();
  grpc::ClientContext context;
  v1::Settings settings;
  EXPECT_THAT(FromGrpc(v1::SettingsService::NewStub(ChannelTo(*server_))->UpdateSettings(&context, {}, &settings)),
              StatusIs(absl::StatusCode::kUnimplemented));
}

TEST_F(ServerTest, MessagesOverTheLimitAreRefusedNamingIt) {
  ServerOptions options;
  options.max_receive_message_bytes = 10'000;
  options.max_send_message_bytes = 20'000;
  get_ = [](const Call&, const v1::GetSettingsRequest& request, v1::Settings& response) {
    if (request.name().empty()) response.set_name(std::string(30'000, 'x'));
    return absl::OkStatus();
  };
  Start(options);
  const auto stub = v1::SettingsService::NewStub(ChannelTo(*server_));
  v1::GetSettingsRequest request;
  v1::Settings response;
  request.set_name(std::string(20'000, 'x'));
  grpc::ClientContext too_long;
  absl::Status status = FromGrpc(stub->GetSettings(&too_long, request, &response));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("10000")));
  EXPECT_EQ(ReasonOf(status), "MESSAGE_TOO_LARGE");
  request.set_name("");
  grpc::ClientContext too_long_back;
  status = FromGrpc(stub->GetSettings(&too_long_back, request, &response));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("20000")));
  EXPECT_EQ(ReasonOf(status), "MESSAGE_TOO_LARGE");
}

TEST_F(ServerTest, APortThatIsTakenIsAnError) {
  Start();
  ServerOptions options;
  options.address = absl::StrCat("127.0.0.1:", server_->port());
  FakeSettings other(executor_, get_);
  EXPECT_THAT(Server::Start(options, {&other}, metrics_).status(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr(options.address)));
  options.address = "127.0.0.1:0";
  options.metrics_address = absl::StrCat("127.0.0.1:", server_->metrics_port());
  EXPECT_THAT(Server::Start(options, {&other}, metrics_).status(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("server.metrics_address")));
}

TEST_F(ServerTest, PlaintextBeyondLoopbackMustBeAskedFor) {
  ServerOptions options;
  options.address = "0.0.0.0:0";
  EXPECT_THAT(Server::Start(options, {&service_}, metrics_).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("server.allow_plaintext")));
  options.allow_plaintext = options.allow_anonymous = true;
  Start(options);
  EXPECT_THAT(GetSettings(ChannelTo(*server_)), IsOk());
}

TEST_F(ServerTest, WrongOptionsAreNamed) {
  ServerOptions options;
  options.max_receive_message_bytes = 5'000'000'000;
  EXPECT_THAT(Server::Start(options, {&service_}, metrics_).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("server.max_receive_message_bytes: 5000000000")));
  options = {};
  options.polling_threads = -1;
  EXPECT_THAT(Server::Start(options, {&service_}, metrics_).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("server.polling_threads: -1")));
}

TEST_F(ServerTest, MetricsAreScrapedFromTheirOwnPort) {
  get_ = [](const Call&, const v1::GetSettingsRequest& request, v1::Settings&) {
    return request.name().empty() ? InvalidField("name", "required") : absl::OkStatus();
  };
  Start();
  const auto stub = v1::SettingsService::NewStub(ChannelTo(*server_));
  v1::Settings response;
  for (const char* name : {"", "tenants/a/settings", "tenants/b/settings"}) {
    grpc::ClientContext context;
    v1::GetSettingsRequest request;
    request.set_name(name);
    stub->GetSettings(&context, request, &response);
  }
  const std::string page = testutil::HttpGet(server_->metrics_port(), "/metrics");
  const std::string method = absl::StrCat("method=\"", kSettingsService, "/GetSettings\"");
  EXPECT_THAT(page, HasSubstr(absl::StrCat("clientele_rpc_calls_total{code=\"OK\",", method, "} 2")));
  EXPECT_THAT(page, HasSubstr(absl::StrCat("clientele_rpc_calls_total{code=\"INVALID_ARGUMENT\",", method, "} 1")));
  EXPECT_THAT(page, HasSubstr(absl::StrCat("clientele_rpc_latency_seconds_count{", method, "} 3")));
  EXPECT_THAT(page, HasSubstr(absl::StrCat("clientele_rpc_calls_in_flight{", method, "} 0")));
}

// What SIGTERM begins: health says so, the call in flight finishes, new ones are refused.
TEST_F(ServerTest, ADrainFinishesWhatIsInFlightAndRefusesWhatIsNew) {
  absl::Notification started, draining, release;
  get_ = [&](const Call& call, const v1::GetSettingsRequest&, v1::Settings& response) {
    started.Notify();
    while (call.drain.Check().ok()) absl::SleepFor(absl::Milliseconds(1));
    draining.Notify();
    release.WaitForNotification();
    response.set_etag("finished");
    return call.stop.Check();
  };
  Start();
  const auto channel = ChannelTo(*server_);
  grpc::ClientContext watch_context;
  HealthCheckRequest watch_request;
  watch_request.set_service(kSettingsService);
  auto watch = Health::NewStub(channel)->Watch(&watch_context, watch_request);
  HealthCheckResponse health;
  ASSERT_TRUE(watch->Read(&health));
  EXPECT_EQ(health.status(), HealthCheckResponse::SERVING);

  absl::Status in_flight;
  v1::Settings response;
  std::thread caller([&] {
    grpc::ClientContext context;
    in_flight = FromGrpc(v1::SettingsService::NewStub(channel)->GetSettings(&context, {}, &response));
  });
  started.WaitForNotification();
  std::thread stopper([&] { server_->Shutdown(); });
  draining.WaitForNotification();
  ASSERT_TRUE(watch->Read(&health));
  EXPECT_EQ(health.status(), HealthCheckResponse::NOT_SERVING);
  watch_context.TryCancel();
  grpc::ClientContext late;
  late.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(10)));
  v1::Settings unused;
  // Not by `channel`, which would say why it is still connected: a new client finds nobody.
  ChannelOptions options;
  options.address = absl::StrCat("127.0.0.1:", server_->port());
  EXPECT_FALSE(v1::SettingsService::NewStub(MakeChannel(options).value())->UpdateSettings(&late, {}, &unused).ok());
  release.Notify();
  caller.join();
  stopper.join();
  EXPECT_THAT(in_flight, IsOk());
  EXPECT_EQ(response.etag(), "finished");
}

TEST_F(ServerTest, ADrainCancelsWhatDoesNotFinishInTime) {
  absl::Notification started;
  get_ = [&](const Call& call, const v1::GetSettingsRequest&, v1::Settings&) {
    started.Notify();
    while (call.stop.Check().ok()) absl::SleepFor(absl::Milliseconds(1));
    return call.stop.Check();
  };
  ServerOptions options;
  options.drain_timeout = absl::Milliseconds(50);
  Start(options);
  const auto channel = ChannelTo(*server_);
  absl::Status status;
  std::thread caller([&] { status = GetSettings(channel); });
  started.WaitForNotification();
  server_->Shutdown();
  caller.join();
  EXPECT_FALSE(status.ok());
}

TEST_F(ServerTest, AHealthWatchDoesNotHoldADrainUp) {
  ServerOptions options;
  options.drain_timeout = absl::InfiniteDuration();  // So that a watch that is waited for hangs the test.
  Start(options);
  grpc::ClientContext context;
  auto watch = Health::NewStub(ChannelTo(*server_))->Watch(&context, {});
  HealthCheckResponse health;
  ASSERT_TRUE(watch->Read(&health));
  server_->Shutdown();
  while (watch->Read(&health)) {
  }
  watch->Finish();
}

}  // namespace
}  // namespace clientele::rpc
