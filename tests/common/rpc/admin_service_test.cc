#include "common/rpc/admin_service.h"

#include <gmock/gmock.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/auth/token.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "common/rpc/status.h"
#include "tests/common/auth/signing_key.h"
#include "tests/common/rpc/fake_services.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testutil::IsOk;
using testutil::StatusIs;
using Stub = admin::v1::AdminService::Stub;

// A server that wants credentials, and its administration.
class AdminServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.auth.key_set_file = dir_.Write("keys.pem", key_.public_pem);
    options_.auth.api_keys_file = dir_.Write("api_keys.json", R"({"keys": []})");
    options_.quota.file = dir_.Write("quotas.json", "");
    options_.admin_address = "127.0.0.1:0";
    Serve();
  }
  void Serve() {
    server_.reset();
    server_ = Server::Start(options_, {&settings_}, metrics_).value();
  }

  std::shared_ptr<grpc::Channel> ChannelOf(int port, const std::string& credential) {
    ChannelOptions options;
    options.address = absl::StrCat("127.0.0.1:", port);
    options.token_file = credential.empty() ? "" : dir_.Write(absl::StrCat("token", tokens_++), credential);
    return MakeChannel(options).value();
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
  std::unique_ptr<Stub> As(const std::string& tenant, const std::string& role) {
    return admin::v1::AdminService::NewStub(ChannelOf(server_->admin_port(), Token(tenant, role)));
  }
  template <class Request, class Response>
  static absl::StatusOr<Response> Call(const std::unique_ptr<Stub>& stub,
                                       grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                       const Request& request) {
    grpc::ClientContext context;
    Response response;
    const absl::Status status = FromGrpc((stub.get()->*method)(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }
  absl::StatusOr<admin::v1::CreateApiKeyResponse> CreateKey(const std::unique_ptr<Stub>& stub,
                                                            const std::string& parent, common::v1::Role role) {
    admin::v1::CreateApiKeyRequest request;
    request.set_parent(parent);
    request.mutable_api_key()->add_roles(role);
    request.mutable_api_key()->set_description("nightly import");
    return Call(stub, &Stub::CreateApiKey, request);
  }
  absl::StatusOr<admin::v1::ListApiKeysResponse> ListKeys(const std::unique_ptr<Stub>& stub,
                                                          const std::string& parent) {
    admin::v1::ListApiKeysRequest request;
    request.set_parent(parent);
    return Call(stub, &Stub::ListApiKeys, request);
  }
  absl::StatusOr<admin::v1::ApiKey> Revoke(const std::unique_ptr<Stub>& stub, const std::string& name) {
    admin::v1::RevokeApiKeyRequest request;
    request.set_name(name);
    return Call(stub, &Stub::RevokeApiKey, request);
  }
  absl::StatusOr<admin::v1::TenantQuota> SetRequests(const std::unique_ptr<Stub>& stub, const std::string& name,
                                                     double per_second, const std::string& etag = "") {
    admin::v1::UpdateTenantQuotaRequest request;
    request.mutable_tenant_quota()->set_name(name);
    request.mutable_tenant_quota()->set_requests_per_second(per_second);
    request.mutable_tenant_quota()->set_etag(etag);
    return Call(stub, &Stub::UpdateTenantQuota, request);
  }
  absl::Status GetSettings(const std::string& credential, const std::string& tenant) {
    grpc::ClientContext context;
    v1::GetSettingsRequest request;
    request.set_name(absl::StrCat("tenants/", tenant, "/settings"));
    v1::Settings response;
    return FromGrpc(v1::SettingsService::NewStub(ChannelOf(server_->port(), credential))
                        ->GetSettings(&context, request, &response));
  }

  testutil::TempDir dir_;
  const auth::SigningKey key_ = auth::NewEd25519Key();
  observability::Metrics metrics_;
  Executor executor_{4, 16};
  FakeSettings settings_{
      executor_, [](const rpc::Call&, const v1::GetSettingsRequest&, v1::Settings&) { return absl::OkStatus(); }};
  ServerOptions options_;
  std::unique_ptr<Server> server_;
  int tokens_ = 0;
};

TEST_F(AdminServiceTest, AKeyIsMadeUsedListedAndRevoked) {
  const auto admin = As("acme", "tenant_admin");
  ASSERT_OK_AND_ASSIGN(const auto made, CreateKey(admin, "tenants/acme", common::v1::ROLE_ANALYST));
  EXPECT_THAT(made.api_key().name(), HasSubstr("tenants/acme/apiKeys/ck_"));
  EXPECT_EQ(made.api_key().state(), admin::v1::ApiKey::STATE_ACTIVE);
  EXPECT_NEAR(absl::ToDoubleHours(FromProto(made.api_key().expire_time()) - absl::Now()), 24 * 365, 1);
  absl::SleepFor(absl::Milliseconds(1100));  // The server looks at the file once a second.
  EXPECT_THAT(GetSettings(made.secret(), "acme"), IsOk());
  EXPECT_THAT(GetSettings(made.secret(), "other"), StatusIs(absl::StatusCode::kPermissionDenied));
  ASSERT_OK_AND_ASSIGN(const auto listed, ListKeys(admin, "tenants/acme"));
  ASSERT_EQ(listed.api_keys_size(), 1);
  EXPECT_EQ(listed.api_keys(0).description(), "nightly import");
  EXPECT_THAT(listed.DebugString(), Not(HasSubstr(made.secret().substr(12))));
  ASSERT_OK_AND_ASSIGN(const auto revoked, Revoke(admin, made.api_key().name()));
  EXPECT_EQ(revoked.state(), admin::v1::ApiKey::STATE_REVOKED);
  ASSERT_OK_AND_ASSIGN(const auto again, Revoke(admin, made.api_key().name()));
  EXPECT_EQ(again.revoke_time().seconds(), revoked.revoke_time().seconds());
  absl::SleepFor(absl::Milliseconds(1100));
  EXPECT_THAT(GetSettings(made.secret(), "acme"), StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("revoked")));
}

TEST_F(AdminServiceTest, ATenantReachesItsOwnKeysAlone) {
  const auto platform = As("*", "operator"), acme = As("acme", "tenant_admin"), beta = As("beta", "tenant_admin");
  ASSERT_OK_AND_ASSIGN(const auto of_beta, CreateKey(platform, "tenants/beta", common::v1::ROLE_TENANT_ADMIN));
  ASSERT_OK_AND_ASSIGN(const auto of_all, CreateKey(platform, "tenants/-", common::v1::ROLE_SCORER));
  for (const char* parent : {"tenants/beta", "tenants/-", "tenants/ghost", ""}) {
    EXPECT_THAT(CreateKey(acme, parent, common::v1::ROLE_SCORER), StatusIs(absl::StatusCode::kPermissionDenied))
        << parent;
    EXPECT_THAT(ListKeys(acme, parent), StatusIs(absl::StatusCode::kPermissionDenied)) << parent;
  }
  EXPECT_THAT(Revoke(acme, of_beta.api_key().name()), StatusIs(absl::StatusCode::kPermissionDenied));
  // Under its own name, a key of another tenant is one that does not exist.
  const std::string prefix = of_beta.api_key().name().substr(of_beta.api_key().name().rfind('/') + 1);
  const auto foreign = Revoke(acme, "tenants/acme/apiKeys/" + prefix), none = Revoke(acme, "tenants/acme/apiKeys/ck_0");
  EXPECT_EQ(ReasonOf(foreign.status()), "API_KEY_NOT_FOUND");
  EXPECT_EQ(ReasonOf(none.status()), "API_KEY_NOT_FOUND");
  ASSERT_OK_AND_ASSIGN(const auto own, ListKeys(acme, "tenants/acme"));
  EXPECT_EQ(own.api_keys_size(), 0);
  ASSERT_OK_AND_ASSIGN(const auto all, ListKeys(platform, "tenants/-"));
  EXPECT_EQ(all.api_keys_size(), 2);
  EXPECT_THAT(Revoke(beta, of_beta.api_key().name()), IsOk());
}

TEST_F(AdminServiceTest, NobodyGivesARoleTheyDoNotHold) {
  const auto acme_operator = As("acme", "operator");
  EXPECT_THAT(CreateKey(acme_operator, "tenants/acme", common::v1::ROLE_TENANT_ADMIN),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(CreateKey(acme_operator, "tenants/acme", common::v1::ROLE_OPERATOR), IsOk());
  EXPECT_THAT(CreateKey(As("acme", "scorer"), "tenants/acme", common::v1::ROLE_SCORER),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(CreateKey(As("*", "operator"), "tenants/acme", common::v1::ROLE_UNSPECIFIED),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("api_key.roles")));
}

TEST_F(AdminServiceTest, QuotasAreSetByThePlatformAloneAndHoldAtOnce) {
  const auto platform = As("*", "operator"), acme = As("acme", "tenant_admin");
  EXPECT_THAT(SetRequests(acme, "tenants/acme/quota", 1e6), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(SetRequests(As("acme", "operator"), "tenants/acme/quota", 1e6),
              StatusIs(absl::StatusCode::kPermissionDenied));
  const std::string caller = Token("acme", "analyst");
  EXPECT_THAT(GetSettings(caller, "acme"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto set, SetRequests(platform, "tenants/acme/quota", 0.01));
  EXPECT_THAT(GetSettings(caller, "acme"), IsOk());
  EXPECT_THAT(GetSettings(caller, "acme"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(SetRequests(platform, "tenants/acme/quota", 5, "stale"), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(SetRequests(platform, "tenants/acme/quota", 0, set.etag()), IsOk());
  for (int i = 0; i < 5; ++i) EXPECT_THAT(GetSettings(caller, "acme"), IsOk());
  admin::v1::GetTenantQuotaRequest request;
  request.set_name("tenants/acme/quota");
  ASSERT_OK_AND_ASSIGN(const auto read, Call(acme, &Stub::GetTenantQuota, request));
  EXPECT_EQ(read.requests_per_second(), 0);
  ASSERT_OK_AND_ASSIGN(const auto all, Call(platform, &Stub::ListTenantQuotas, admin::v1::ListTenantQuotasRequest()));
  EXPECT_EQ(all.tenant_quotas_size(), 1);
  EXPECT_THAT(Call(acme, &Stub::ListTenantQuotas, admin::v1::ListTenantQuotasRequest()),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_F(AdminServiceTest, ACallThatIsNotItsCallersToMakeCostsNobodyAnything) {
  const auto platform = As("*", "operator");
  const std::string acme = Token("acme", "analyst");
  EXPECT_THAT(GetSettings(acme, "beta"), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(GetSettings(Token("acme", "operator"), "acme"), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(GetSettings("", "acme"), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(GetSettings(acme, "acme"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto all, Call(platform, &Stub::ListTenantUsages, admin::v1::ListTenantUsagesRequest()));
  ASSERT_EQ(all.tenant_usages_size(), 1);
  EXPECT_EQ(all.tenant_usages(0).name(), "tenants/acme/usage");
  EXPECT_EQ(all.tenant_usages(0).call_count(), 1);
  EXPECT_THAT(Call(As("acme", "tenant_admin"), &Stub::ListTenantUsages, admin::v1::ListTenantUsagesRequest()),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_F(AdminServiceTest, WithoutItsFileItSaysWhichSettingIsMissing) {
  options_.auth.api_keys_file.clear();
  options_.quota.file.clear();
  Serve();
  const auto platform = As("*", "operator");
  const auto key = CreateKey(platform, "tenants/acme", common::v1::ROLE_SCORER);
  EXPECT_THAT(key, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("auth.api_keys_file")));
  EXPECT_EQ(ReasonOf(key.status()), "NOT_CONFIGURED");
  EXPECT_THAT(SetRequests(platform, "tenants/acme/quota", 1),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("quota.file")));
}

TEST_F(AdminServiceTest, IsNotServedWhereEverybodyCalls) {
  const auto here = admin::v1::AdminService::NewStub(ChannelOf(server_->port(), Token("*", "operator")));
  EXPECT_THAT(ListKeys(here, "tenants/-"), StatusIs(absl::StatusCode::kUnimplemented));
  options_.admin_address.clear();
  Serve();
  EXPECT_EQ(server_->admin_port(), 0);
}

}  // namespace
}  // namespace clientele::rpc
