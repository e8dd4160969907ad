#include "common/rpc/tenant_service.h"

#include <gmock/gmock.h>

#include <atomic>

#include "absl/strings/str_cat.h"
#include "clientele/admin/v1/admin_service.grpc.pb.h"
#include "common/auth/token.h"
#include "common/base/error.h"
#include "common/rpc/status.h"
#include "tests/common/auth/signing_key.h"
#include "tests/common/rpc/fake_services.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::rpc {
namespace {

using ::testing::HasSubstr;
using admin::v1::Tenant;
using testutil::IsOk;
using testutil::StatusIs;
using Stub = admin::v1::TenantService::Stub;

// A server with a file of tenants, acme among them, and its administration.
class TenantServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.auth.key_set_file = dir_.Write("keys.pem", key_.public_pem);
    options_.auth.api_keys_file = dir_.Write("api_keys.json", R"({"keys": []})");
    options_.auth.tenants_file = dir_.Write("tenants.json", R"({"tenants": [{"name": "tenants/acme"}]})");
    options_.admin_address = "127.0.0.1:0";
    Serve();
  }
  void Serve() {
    server_.reset();
    server_ = Server::Start(options_, {&settings_, &features_}, metrics_).value();
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
  template <class Request, class Response>
  absl::StatusOr<Response> Call(const std::string& tenant, const std::string& role,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                const Request& request) {
    const auto stub = admin::v1::TenantService::NewStub(ChannelOf(server_->admin_port(), Token(tenant, role)));
    grpc::ClientContext context;
    Response response;
    const absl::Status status = FromGrpc((stub.get()->*method)(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }
  absl::StatusOr<Tenant> Create(const std::string& id, const std::string& role = "operator") {
    admin::v1::CreateTenantRequest request;
    request.set_tenant_id(id);
    return Call("*", role, &Stub::CreateTenant, request);
  }
  absl::StatusOr<Tenant> SetState(const std::string& id, Tenant::State state) {
    admin::v1::UpdateTenantRequest request;
    request.mutable_tenant()->set_name("tenants/" + id);
    request.mutable_tenant()->set_state(state);
    return Call("*", "operator", &Stub::UpdateTenant, request);
  }
  absl::Status GetSettings(const std::string& credential, const std::string& tenant) {
    grpc::ClientContext context;
    v1::GetSettingsRequest request;
    request.set_name(absl::StrCat("tenants/", tenant, "/settings"));
    v1::Settings response;
    return FromGrpc(v1::SettingsService::NewStub(ChannelOf(server_->port(), credential))
                        ->GetSettings(&context, request, &response));
  }
  absl::Status ReadDataset(const std::string& credential, const std::string& tenant) {
    grpc::ClientContext context;
    v1::ReadDatasetRequest request;
    request.set_parent("tenants/" + tenant);
    const auto stub = v1::FeatureService::NewStub(ChannelOf(server_->port(), credential));
    const auto stream = stub->ReadDataset(&context, request);
    v1::ReadDatasetResponse response;
    while (stream->Read(&response)) {
    }
    return FromGrpc(stream->Finish());
  }

  testutil::TempDir dir_;
  const auth::SigningKey key_ = auth::NewEd25519Key();
  observability::Metrics metrics_;
  Executor executor_{4, 16};
  std::atomic<int> handled_{0};
  FakeSettings settings_{executor_, [this](const rpc::Call&, const v1::GetSettingsRequest&, v1::Settings&) {
                           ++handled_;
                           return absl::OkStatus();
                         }};
  FakeFeatures features_{
      executor_, [](const rpc::Call&, StreamWriter<v1::ReadDatasetResponse>&) { return absl::OkStatus(); }};
  ServerOptions options_;
  std::unique_ptr<Server> server_;
  int tokens_ = 0;
};

TEST_F(TenantServiceTest, OnlyTenantsThatThereAreAreServed) {
  EXPECT_THAT(GetSettings(Token("acme", "analyst"), "acme"), IsOk());
  const absl::Status absent = GetSettings(Token("beta", "analyst"), "beta");
  EXPECT_THAT(absent, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(ReasonOf(absent), "TENANT_NOT_FOUND");
  EXPECT_EQ(ReasonOf(GetSettings(Token("*", "analyst"), "beta")), "TENANT_NOT_FOUND");
  EXPECT_THAT(GetSettings(Token("acme", "analyst"), "beta"), StatusIs(absl::StatusCode::kPermissionDenied))
      << "whether another tenant exists is not told";
  EXPECT_EQ(handled_, 1);
  EXPECT_THAT(Create("beta"), IsOk());
  EXPECT_THAT(GetSettings(Token("beta", "analyst"), "beta"), IsOk());
  EXPECT_EQ(ReasonOf(Create("beta").status()), "TENANT_EXISTS");
}

TEST_F(TenantServiceTest, ASuspendedTenantIsRefusedAtOnceUntilItIsResumed) {
  EXPECT_THAT(SetState("acme", Tenant::STATE_SUSPENDED), IsOk());
  for (const char* whose : {"acme", "*"}) {
    const absl::Status refused = GetSettings(Token(whose, "analyst"), "acme");
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("acme is suspended")));
    EXPECT_EQ(ReasonOf(refused), "TENANT_SUSPENDED");
    EXPECT_EQ(ReasonOf(ReadDataset(Token(whose, "trainer"), "acme")), "TENANT_SUSPENDED");
  }
  EXPECT_EQ(handled_, 0);
  EXPECT_THAT(SetState("acme", Tenant::STATE_ACTIVE), IsOk()) << "the administration reaches it";
  EXPECT_THAT(GetSettings(Token("acme", "analyst"), "acme"), IsOk());
}

TEST_F(TenantServiceTest, TenantsAreTheOperatorsOfThePlatform) {
  admin::v1::CreateTenantRequest create;
  create.set_tenant_id("beta");
  EXPECT_THAT(Call("acme", "tenant_admin", &Stub::CreateTenant, create), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Call("acme", "tenant_admin", &Stub::ListTenants, admin::v1::ListTenantsRequest()),
              StatusIs(absl::StatusCode::kPermissionDenied));
  admin::v1::UpdateTenantRequest update;
  update.mutable_tenant()->set_name("tenants/acme");
  EXPECT_THAT(Call("acme", "operator", &Stub::UpdateTenant, update), StatusIs(absl::StatusCode::kPermissionDenied));
  admin::v1::GetTenantRequest get;
  get.set_name("tenants/acme");
  EXPECT_EQ(Call("acme", "tenant_admin", &Stub::GetTenant, get)->name(), "tenants/acme");
  EXPECT_EQ(Call("*", "operator", &Stub::ListTenants, admin::v1::ListTenantsRequest())->tenants_size(), 1);
}

TEST_F(TenantServiceTest, ASuspendedTenantsAdministratorMakesNoKeys) {
  admin::v1::GetTenantRequest get;
  get.set_name("tenants/acme");
  EXPECT_THAT(SetState("acme", Tenant::STATE_SUSPENDED), IsOk());
  absl::SleepFor(absl::Milliseconds(1100));  // The administration looks at the file once a second.
  EXPECT_EQ(ReasonOf(Call("acme", "tenant_admin", &Stub::GetTenant, get).status()), "TENANT_SUSPENDED");
  EXPECT_THAT(Call("*", "operator", &Stub::GetTenant, get), IsOk());
}

TEST_F(TenantServiceTest, ATenantThatIsNotThereGetsNoKey) {
  const auto admin = admin::v1::AdminService::NewStub(ChannelOf(server_->admin_port(), Token("*", "operator")));
  const auto create = [&](const std::string& parent) {
    grpc::ClientContext context;
    admin::v1::CreateApiKeyRequest request;
    request.set_parent(parent);
    request.mutable_api_key()->add_roles(common::v1::ROLE_ANALYST);
    admin::v1::CreateApiKeyResponse response;
    return FromGrpc(admin->CreateApiKey(&context, request, &response));
  };
  EXPECT_EQ(ReasonOf(create("tenants/beta")), "TENANT_NOT_FOUND");
  EXPECT_THAT(create("tenants/acm\xd0\xb5"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(create("tenants/acme"), IsOk());
  EXPECT_THAT(create("tenants/-"), IsOk());
}

TEST_F(TenantServiceTest, WithoutAFileAnyTenantIsServedAndNoneAdministered) {
  options_.auth.tenants_file.clear();
  Serve();
  EXPECT_THAT(GetSettings(Token("beta", "analyst"), "beta"), IsOk());
  const auto refused = Create("beta");
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("auth.tenants_file")));
  EXPECT_EQ(ReasonOf(refused.status()), "NOT_CONFIGURED");
}

TEST_F(TenantServiceTest, CallersWhoShowNothingAreHeldToItToo) {
  options_.auth.key_set_file.clear();
  options_.auth.api_keys_file.clear();
  options_.admin_address.clear();
  Serve();
  EXPECT_THAT(GetSettings("", "acme"), IsOk());
  EXPECT_EQ(ReasonOf(GetSettings("", "beta")), "TENANT_NOT_FOUND");
  EXPECT_THAT(GetSettings("", "acm\xd0\xb5"), IsOk()) << "left to the handler, which refuses such a name";
}

}  // namespace
}  // namespace clientele::rpc
