#include "common/rpc/authorization.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "clientele/inference/v1/scoring_service.grpc.pb.h"
#include "common/base/error.h"
#include "common/rpc/byte_buffer.h"
#include "common/rpc/raw_methods.h"
#include "common/rpc/status.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/common/auth/signing_key.h"
#include "tests/common/rpc/fake_services.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::IsOk;
using testutil::StatusIs;

// A stream whose messages may leave out what one before them named.
// As scoring has it, it comes as bytes.
class FakeScoring final
    : public inference::v1::ScoringService::WithRawCallbackMethod_StreamScore<inference::v1::ScoringService::Service>,
      public RawMethods {
 public:
  using Request = inference::v1::BatchScoreRequest;
  using Response = inference::v1::BatchScoreResponse;
  FakeScoring(Executor& executor, BidiStreamHandler<grpc::ByteBuffer, grpc::ByteBuffer> score)
      : executor_(executor), score_(std::move(score)) {}

  std::vector<absl::string_view> raw_methods() const override {
    return {"clientele.inference.v1.ScoringService/StreamScore"};
  }

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StreamScore(
      grpc::CallbackServerContext* context) override {
    return BidiStream<grpc::ByteBuffer, grpc::ByteBuffer>(context, executor_, score_);
  }

 private:
  Executor& executor_;
  BidiStreamHandler<grpc::ByteBuffer, grpc::ByteBuffer> score_;
};

// A server that wants credentials, and callers with some.
class AuthorizationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ServerOptions options;
    options.auth.key_set_file = dir_.Write("keys.pem", key_.public_pem);
    server_ = Server::Start(options, {&settings_, &scoring_, &features_}, metrics_).value();
  }

  std::string Token(const std::string& tenant, const std::string& role) {
    auth::TokenClaims claims;
    claims.subject = role + " of " + tenant;
    claims.tenant = tenant;
    claims.roles = {role};
    claims.issued = absl::Now();
    claims.lifetime = absl::Hours(1);
    return auth::SignToken(claims, key_.private_pem).value();
  }
  std::shared_ptr<grpc::Channel> ChannelOf(const std::string& token) {
    ChannelOptions options;
    options.address = absl::StrCat("127.0.0.1:", server_->port());
    options.token_file = dir_.Write("token", token + "\n");
    return MakeChannel(options).value();
  }
  std::shared_ptr<grpc::Channel> ChannelOf(const std::string& tenant, const std::string& role) {
    return ChannelOf(Token(tenant, role));
  }
  static absl::Status GetSettings(const std::shared_ptr<grpc::Channel>& channel, const std::string& name) {
    grpc::ClientContext context;
    v1::GetSettingsRequest request;
    request.set_name(name);
    v1::Settings response;
    return FromGrpc(v1::SettingsService::NewStub(channel)->GetSettings(&context, request, &response));
  }

  testutil::TempDir dir_;
  const auth::SigningKey key_ = auth::NewEd25519Key();
  observability::Metrics metrics_;
  Executor executor_{4, 16};
  std::vector<std::string> callers_;
  std::vector<int> seen_;  // max_reasons of the stream's messages.
  FakeSettings settings_{executor_, [this](const Call& call, const v1::GetSettingsRequest&, v1::Settings&) {
                           callers_.push_back(call.caller);
                           return absl::OkStatus();
                         }};
  FakeScoring scoring_{executor_, [this](const Call& call, auto& reader, auto&) {
                         grpc::ByteBuffer bytes;
                         while (reader.Read(&bytes)) {
                           FakeScoring::Request request;
                           EXPECT_TRUE(request.ParseFromString(std::string(View(Flatten(bytes).value()))));
                           seen_.push_back(request.max_reasons());
                         }
                         return call.stop.Check();
                       }};
  FakeFeatures features_{executor_, [](const Call&, auto&) { return absl::OkStatus(); }};
  std::unique_ptr<Server> server_;
};

TEST_F(AuthorizationTest, WhoMayIsServedByName) {
  EXPECT_THAT(GetSettings(ChannelOf("acme", "analyst"), "tenants/acme/settings"), IsOk());
  EXPECT_THAT(callers_, ElementsAre("analyst of acme"));
}

TEST_F(AuthorizationTest, NobodyComesInWithoutACredential) {
  const absl::Status status = GetSettings(ChannelTo(*server_), "tenants/acme/settings");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("authorization: Bearer")));
  EXPECT_EQ(ReasonOf(status), "CREDENTIAL_INVALID");
  EXPECT_THAT(GetSettings(ChannelOf("a.b.c"), "tenants/acme/settings"), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_TRUE(callers_.empty());
}

TEST_F(AuthorizationTest, ARoleOpensItsMethodsAlone) {
  const absl::Status status = GetSettings(ChannelOf("acme", "operator"), "tenants/acme/settings");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kPermissionDenied,
                               HasSubstr("ingester, analyst, trainer, scorer, tenant_admin")));
  EXPECT_EQ(ReasonOf(status), "PERMISSION_DENIED");
  EXPECT_THAT(GetSettings(ChannelOf("acme", "tenant_admin"), "tenants/acme/settings"), IsOk());
}

TEST_F(AuthorizationTest, AnotherTenantIsTheSameAsNone) {
  const auto channel = ChannelOf("acme", "tenant_admin");
  const absl::Status other = GetSettings(channel, "tenants/other/settings"),
                     ghost = GetSettings(channel, "tenants/ghost/settings");
  EXPECT_THAT(other, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(other, ghost);
  EXPECT_THAT(GetSettings(channel, ""), StatusIs(absl::StatusCode::kPermissionDenied)) << "it must say whose";
  EXPECT_THAT(GetSettings(channel, "settings"), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_TRUE(callers_.empty());
}

TEST_F(AuthorizationTest, ThePlatformsOwnServicesServeEveryTenant) {
  const auto channel = ChannelOf("*", "scorer");
  EXPECT_THAT(GetSettings(channel, "tenants/acme/settings"), IsOk());
  EXPECT_THAT(GetSettings(channel, "tenants/other/settings"), IsOk());
}

absl::Status ScoreNamed(const std::shared_ptr<grpc::Channel>& channel, const std::vector<std::string>& names) {
  grpc::ClientContext context;
  const auto stream = inference::v1::ScoringService::NewStub(channel)->StreamScore(&context);
  for (size_t i = 0; i < names.size(); ++i) {
    FakeScoring::Request request;
    request.set_name(names[i]);
    request.set_max_reasons(static_cast<int>(i));
    if (!stream->Write(request)) break;
  }
  stream->WritesDone();
  return FromGrpc(stream->Finish());
}

TEST_F(AuthorizationTest, AStreamNamesItsTenantOnceAndNeverAnother) {
  const auto channel = ChannelOf("acme", "scorer");
  EXPECT_THAT(ScoreNamed(channel, {"tenants/acme/models/m", "", "tenants/acme/models/n"}), IsOk());
  EXPECT_THAT(seen_, ElementsAre(0, 1, 2));
  seen_.clear();
  EXPECT_THAT(ScoreNamed(channel, {"tenants/acme/models/m", "tenants/other/models/m", ""}),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(seen_, ElementsAre(0)) << "what is refused, and what follows, is never seen";
  seen_.clear();
  EXPECT_THAT(ScoreNamed(channel, {""}), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_TRUE(seen_.empty());
}

TEST_F(AuthorizationTest, AServerStreamIsJudgedByItsRequest) {
  const auto read = [&](const std::string& parent) {
    grpc::ClientContext context;
    v1::ReadDatasetRequest request;
    request.set_parent(parent);
    v1::ReadDatasetResponse response;
    const auto stream = v1::FeatureService::NewStub(ChannelOf("acme", "trainer"))->ReadDataset(&context, request);
    while (stream->Read(&response)) {
    }
    return FromGrpc(stream->Finish());
  };
  EXPECT_THAT(read("tenants/acme"), IsOk());
  EXPECT_THAT(read("tenants/other"), StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_F(AuthorizationTest, HealthIsNoSecretAndReflectionIsShut) {
  grpc::ClientContext context;
  grpc::health::v1::HealthCheckRequest request;
  grpc::health::v1::HealthCheckResponse response;
  EXPECT_TRUE(grpc::health::v1::Health::NewStub(ChannelTo(*server_))->Check(&context, request, &response).ok());
  EXPECT_TRUE(IsOpenMethod("/inference.GRPCInferenceService/ServerLive"));
  EXPECT_FALSE(IsOpenMethod("/inference.GRPCInferenceService/ModelInfer"));
  EXPECT_FALSE(IsOpenMethod("/clientele.ingestion.v1.SettingsService/GetSettings"));
}

TEST_F(AuthorizationTest, ATokenThatIsRenewedIsShownWithoutANewChannel) {
  const auto channel = ChannelOf("acme", "scorer");
  EXPECT_THAT(GetSettings(channel, "tenants/acme/settings"), IsOk());
  dir_.Write("token", Token("other", "scorer"));
  absl::SleepFor(absl::Milliseconds(1100));
  EXPECT_THAT(GetSettings(channel, "tenants/other/settings"), IsOk());
}

TEST(AnonymousTest, ServingWithoutCredentialsBeyondThisMachineMustBeAskedFor) {
  observability::Metrics metrics;
  Executor executor(1, 1);
  FakeSettings settings(executor,
                        [](const Call&, const v1::GetSettingsRequest&, v1::Settings&) { return absl::OkStatus(); });
  ServerOptions options;
  options.address = "0.0.0.0:0";
  options.allow_plaintext = true;
  const auto refused = Server::Start(options, {&settings}, metrics);
  EXPECT_EQ(FieldOf(refused.status()), "auth");
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("server.allow_anonymous")));
  options.allow_anonymous = true;
  EXPECT_THAT(Server::Start(options, {&settings}, metrics), IsOk());
}

TEST(ClientTokenTest, ACredentialDoesNotTravelInTheClear) {
  const testutil::TempDir dir;
  ChannelOptions options;
  options.address = "ingestion.example:7401";
  options.token_file = dir.Write("token", "secret");
  EXPECT_EQ(FieldOf(MakeChannel(options).status()), "server.token_file");
  options.address = "127.0.0.1:7401";
  EXPECT_THAT(MakeChannel(options), IsOk());
  options.token_file = dir.Write("two words", "secret words");
  EXPECT_THAT(MakeChannel(options), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no token")));
  options.token_file = dir.File("absent");
  EXPECT_THAT(MakeChannel(options), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("cannot be read")));
}

}  // namespace
}  // namespace clientele::rpc
