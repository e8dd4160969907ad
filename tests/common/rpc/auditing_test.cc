#include "common/rpc/auditing.h"

#include <gmock/gmock.h>

#include <functional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clientele/admin/v1/audit_service.grpc.pb.h"
#include "clientele/ingestion/v1/privacy_service.grpc.pb.h"
#include "common/audit/audit_log.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/rpc/status.h"
#include "tests/common/audit/memory_audit_store.h"
#include "tests/common/auth/signing_key.h"
#include "tests/common/rpc/fake_services.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::rpc {
namespace {

using audit::Entry;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testutil::IsOk;
using testutil::StatusIs;

// One method of whose calls each is kept, and one of whose calls none is.
class BothSettings final : public v1::SettingsService::CallbackService {
 public:
  explicit BothSettings(Executor& executor) : executor_(executor) {}
  Handler get = [](const Call&) { return absl::OkStatus(); };
  Handler update = get;

  grpc::ServerUnaryReactor* GetSettings(grpc::CallbackServerContext* context, const v1::GetSettingsRequest*,
                                        v1::Settings*) override {
    return Unary(context, executor_, get);
  }
  grpc::ServerUnaryReactor* UpdateSettings(grpc::CallbackServerContext* context, const v1::UpdateSettingsRequest*,
                                           v1::Settings*) override {
    return Unary(context, executor_, update);
  }

 private:
  Executor& executor_;
};

class FakePrivacy final : public v1::PrivacyService::CallbackService {
 public:
  explicit FakePrivacy(Executor& executor) : executor_(executor) {}
  ServerStreamHandler<v1::ExportCustomerDataResponse> give;

  grpc::ServerWriteReactor<v1::ExportCustomerDataResponse>* ExportCustomerData(
      grpc::CallbackServerContext* context, const v1::ExportCustomerDataRequest*) override {
    return ServerStream<v1::ExportCustomerDataResponse>(context, executor_, give);
  }

 private:
  Executor& executor_;
};

class AuditingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    log_ = audit::AuditLog::Open(store_, "clientele-test", clock_, metrics_).value();
    Start(/*authenticated=*/true);
  }
  void Start(bool authenticated) {
    ServerOptions options;
    if (authenticated) options.auth.key_set_file = dir_.Write("keys.pem", key_.public_pem);
    options.audit_log = log_.get();
    server_ = Server::Start(options, {&settings_, &privacy_, &models_}, metrics_).value();
  }
  // "" shows no credential.
  std::shared_ptr<grpc::Channel> ChannelOf(const std::string& tenant, const std::string& role) {
    ChannelOptions options;
    options.address = absl::StrCat("127.0.0.1:", server_->port());
    if (!role.empty()) {
      auth::TokenClaims claims;
      claims.subject = role + " of " + tenant;
      claims.tenant = tenant;
      claims.roles = {role};
      claims.issued = absl::Now();
      claims.lifetime = absl::Hours(1);
      options.token_file = dir_.Write("token", auth::SignToken(claims, key_.private_pem).value() + "\n");
    }
    return MakeChannel(options).value();
  }
  static absl::Status Get(const std::shared_ptr<grpc::Channel>& channel, const std::string& tenant = "acme") {
    grpc::ClientContext context;
    v1::GetSettingsRequest request;
    request.set_name(absl::StrCat("tenants/", tenant, "/settings"));
    v1::Settings response;
    return FromGrpc(v1::SettingsService::NewStub(channel)->GetSettings(&context, request, &response));
  }
  static absl::Status Update(const std::shared_ptr<grpc::Channel>& channel, const std::string& tenant = "acme") {
    grpc::ClientContext context;
    context.AddMetadata("x-request-id", "request-7");
    v1::UpdateSettingsRequest request;
    request.mutable_settings()->set_name(absl::StrCat("tenants/", tenant, "/settings"));
    v1::Settings response;
    return FromGrpc(v1::SettingsService::NewStub(channel)->UpdateSettings(&context, request, &response));
  }

  testutil::TempDir dir_;
  const auth::SigningKey key_ = auth::NewEd25519Key();
  const SystemClock clock_{};
  observability::Metrics metrics_;
  testutil::MemoryAuditStore store_;
  std::unique_ptr<audit::AuditLog> log_;
  Executor executor_{4, 16};
  BothSettings settings_{executor_};
  FakePrivacy privacy_{executor_};
  FakeModels models_{executor_, [](const Call&, StreamReader<PublishModelVersionRequest>& reader, ModelVersion&) {
                       PublishModelVersionRequest request;
                       while (reader.Read(&request)) continue;
                       return absl::OkStatus();
                     }};
  std::unique_ptr<Server> server_;
};

TEST_F(AuditingTest, ACallThatChangesSomethingHasAnEntryBeforeItsHandlerAndOneBeforeItsAnswer) {
  size_t before_handler = 0;
  settings_.update = [&](const Call& call) {
    before_handler = store_.Entries("acme").size();
    call.audit_note.Add("revision", "3");
    return absl::OkStatus();
  };
  ASSERT_THAT(Update(ChannelOf("acme", "tenant_admin")), IsOk());
  const auto entries = store_.Entries("acme");
  ASSERT_THAT(entries, SizeIs(2));
  EXPECT_EQ(before_handler, 1);
  EXPECT_EQ(entries[0].event(), Entry::EVENT_BEGUN);
  const Entry& ended = entries[1];
  EXPECT_EQ(ended.event(), Entry::EVENT_ENDED);
  EXPECT_EQ(ended.begun_number(), 1);
  EXPECT_EQ(ended.principal(), "tenant_admin of acme");
  EXPECT_THAT(ended.roles(), ElementsAre("tenant_admin"));
  EXPECT_THAT(ended.address(), HasSubstr("127.0.0.1"));
  EXPECT_EQ(ended.method(), "clientele.ingestion.v1.SettingsService/UpdateSettings");
  EXPECT_THAT(ended.resources(), ElementsAre("tenants/acme/settings"));
  EXPECT_EQ(ended.code(), "OK");
  EXPECT_EQ(ended.request_id(), "request-7");
  EXPECT_THAT(ended.trace_id(), SizeIs(32));
  ASSERT_THAT(ended.details(), SizeIs(1));
  EXPECT_EQ(ended.details(0).value(), "3");
}

TEST_F(AuditingTest, AFailureIsKeptWithItsReason) {
  settings_.update = [](const Call&) { return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch, "old"); };
  EXPECT_THAT(Update(ChannelOf("acme", "tenant_admin")), StatusIs(absl::StatusCode::kAborted));
  const auto entries = store_.Entries("acme");
  ASSERT_THAT(entries, SizeIs(2));
  EXPECT_EQ(entries[1].code(), "ABORTED");
  EXPECT_EQ(entries[1].reason(), "ETAG_MISMATCH");
}

TEST_F(AuditingTest, AReadIsNotKeptUnlessItShowsPersonalValues) {
  const auto channel = ChannelOf("acme", "analyst");
  ASSERT_THAT(Get(channel), IsOk());
  EXPECT_THAT(store_.Entries("acme"), IsEmpty());
  settings_.get = [](const Call& call) {
    call.audit_note.ShowsPersonalValues();
    return absl::OkStatus();
  };
  ASSERT_THAT(Get(channel), IsOk());
  const auto entries = store_.Entries("acme");
  ASSERT_THAT(entries, SizeIs(1)) << "before the answer";
  EXPECT_EQ(entries[0].event(), Entry::EVENT_SHOWN);
  EXPECT_THAT(entries[0].resources(), ElementsAre("tenants/acme/settings"));
  settings_.get = [](const Call& call) {
    call.audit_note.ShowsPersonalValues();
    return absl::NotFoundError("nobody");
  };
  EXPECT_THAT(Get(channel), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_.Entries("acme"), SizeIs(1)) << "nothing was shown";
}

TEST_F(AuditingTest, WhenTheLogTakesNothingNothingIsDoneNorShown) {
  bool done = false;
  settings_.update = [&](const Call&) {
    done = true;
    return absl::OkStatus();
  };
  settings_.get = [](const Call& call) {
    call.audit_note.ShowsPersonalValues();
    return absl::OkStatus();
  };
  store_.failing = true;
  const absl::Status refused = Update(ChannelOf("acme", "tenant_admin"));
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("nothing was done")));
  EXPECT_EQ(ReasonOf(refused), "STORAGE_FAILED");
  EXPECT_FALSE(done);
  EXPECT_THAT(Get(ChannelOf("acme", "analyst")), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("not shown")));
  settings_.get = [](const Call&) { return absl::OkStatus(); };
  EXPECT_THAT(Get(ChannelOf("acme", "analyst")), IsOk()) << "what is not kept does not need the log";
}

TEST_F(AuditingTest, ARefusedCallIsKeptInTheChainOfWhoeverMadeIt) {
  EXPECT_THAT(Get(ChannelOf("acme", "operator")), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Get(ChannelOf("acme", "analyst"), "other"), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Update(ChannelOf("acme", "analyst")), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Get(ChannelOf("", "")), StatusIs(absl::StatusCode::kUnauthenticated));
  const auto entries = store_.Await("acme", 3);
  ASSERT_THAT(entries, SizeIs(3));
  for (const Entry& entry : entries) {
    EXPECT_EQ(entry.event(), Entry::EVENT_REFUSED);
    EXPECT_EQ(entry.code(), "PERMISSION_DENIED");
  }
  EXPECT_EQ(entries[0].principal(), "operator of acme");
  EXPECT_THAT(entries[0].resources(), ElementsAre("tenants/acme/settings"));
  EXPECT_THAT(entries[1].resources(), ElementsAre("tenants/other/settings"));
  EXPECT_THAT(entries[2].method(), HasSubstr("UpdateSettings"));
  EXPECT_THAT(store_.Entries("other"), IsEmpty()) << "nobody writes into another tenant's log";
  const auto platform = store_.Await("-", 1);
  ASSERT_THAT(platform, SizeIs(1));
  EXPECT_EQ(platform[0].code(), "UNAUTHENTICATED");
  EXPECT_EQ(platform[0].reason(), "CREDENTIAL_INVALID");
  EXPECT_EQ(platform[0].principal(), "");
  EXPECT_THAT(platform[0].address(), HasSubstr("127.0.0.1"));
}

TEST_F(AuditingTest, WhatThePlatformDoesToATenantStandsInTheTenantsChain) {
  ASSERT_THAT(Update(ChannelOf("*", "tenant_admin"), "other"), IsOk());
  EXPECT_THAT(store_.Entries("other"), SizeIs(2));
  EXPECT_THAT(store_.Entries("-"), IsEmpty());
}

TEST_F(AuditingTest, WhereNobodyShowsWhoTheyAreTheirAddressIsKept) {
  Start(/*authenticated=*/false);
  ASSERT_THAT(Update(ChannelOf("", "")), IsOk());
  const auto entries = store_.Entries("acme");
  ASSERT_THAT(entries, SizeIs(2));
  EXPECT_EQ(entries[1].principal(), "");
  EXPECT_THAT(entries[1].address(), HasSubstr("127.0.0.1"));
  settings_.get = [](const Call& call) {
    call.audit_note.ShowsPersonalValues();
    return absl::OkStatus();
  };
  ASSERT_THAT(Get(ChannelOf("", "")), IsOk());
  EXPECT_THAT(store_.Entries("acme"), SizeIs(2)) << "there everybody sees everything";
}

TEST_F(AuditingTest, AStreamThatShowsPersonalValuesHasItsEntryBeforeItsFirstMessage) {
  size_t before_first = 0;
  privacy_.give = [&](const Call&, StreamWriter<v1::ExportCustomerDataResponse>& writer) {
    before_first = store_.Entries("acme").size();
    writer.Write({});
    return absl::OkStatus();
  };
  grpc::ClientContext context;
  v1::ExportCustomerDataRequest request;
  request.set_name("tenants/acme/customers/ada");
  const auto stream =
      v1::PrivacyService::NewStub(ChannelOf("acme", "privacy_officer"))->ExportCustomerData(&context, request);
  v1::ExportCustomerDataResponse response;
  EXPECT_TRUE(stream->Read(&response));
  EXPECT_FALSE(stream->Read(&response));
  ASSERT_TRUE(stream->Finish().ok());
  EXPECT_EQ(before_first, 1);
  const auto entries = store_.Entries("acme");
  ASSERT_THAT(entries, SizeIs(2));
  for (const Entry& entry : entries) {
    EXPECT_THAT(entry.resources(0), HasSubstr("tenants/acme/customers/~"));
    EXPECT_FALSE(absl::StrContains(entry.SerializeAsString(), "ada"));
  }
}

TEST_F(AuditingTest, AStreamOfRequestsIsAboutWhatItsFirstNames) {
  grpc::ClientContext context;
  ModelVersion version;
  const auto stream = ModelService::NewStub(ChannelOf("*", "trainer"))->PublishModelVersion(&context, &version);
  PublishModelVersionRequest request;
  request.mutable_header()->set_parent("tenants/acme/models/churn");
  ASSERT_TRUE(stream->Write(request));
  EXPECT_THAT(store_.Await("acme", 1), SizeIs(1)) << "with the first, not with the last";
  request.set_chunk("...");
  ASSERT_TRUE(stream->Write(request));
  stream->WritesDone();
  ASSERT_TRUE(stream->Finish().ok());
  const auto entries = store_.Entries("acme");
  ASSERT_THAT(entries, SizeIs(2));
  EXPECT_THAT(entries[0].resources(), ElementsAre("tenants/acme/models/churn"));
  EXPECT_THAT(entries[1].resources(), ElementsAre("tenants/acme/models/churn"));
}

TEST_F(AuditingTest, AStreamOfRequestsForAnotherTenantHasNotBegun) {
  grpc::ClientContext context;
  ModelVersion version;
  const auto stream = ModelService::NewStub(ChannelOf("acme", "trainer"))->PublishModelVersion(&context, &version);
  PublishModelVersionRequest request;
  request.mutable_header()->set_parent("tenants/other/models/churn");
  stream->Write(request);
  stream->WritesDone();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  const auto entries = store_.Await("acme", 1);
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_EQ(entries[0].event(), Entry::EVENT_REFUSED);
  EXPECT_THAT(entries[0].resources(), ElementsAre("tenants/other/models/churn"));
}

// The log itself, over the wire.
class AuditServiceTest : public AuditingTest {
 protected:
  absl::StatusOr<admin::v1::ListAuditEntriesResponse> List(const std::string& tenant, const std::string& role,
                                                           admin::v1::ListAuditEntriesRequest request) {
    grpc::ClientContext context;
    admin::v1::ListAuditEntriesResponse response;
    const absl::Status status = FromGrpc(
        admin::v1::AuditService::NewStub(ChannelOf(tenant, role))->ListAuditEntries(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }
  static admin::v1::ListAuditEntriesRequest Of(const std::string& tenant, int page_size = 0) {
    admin::v1::ListAuditEntriesRequest request;
    request.set_parent("tenants/" + tenant);
    request.set_page_size(page_size);
    return request;
  }
};

TEST_F(AuditServiceTest, IsForThoseWhoLookAfterATenantOrThePlatform) {
  for (const char* role : {"tenant_admin", "privacy_officer"}) EXPECT_THAT(List("acme", role, Of("acme")), IsOk());
  for (const char* role : {"operator", "trainer", "analyst", "scorer", "ingester"}) {
    EXPECT_THAT(List("acme", role, Of("acme")), StatusIs(absl::StatusCode::kPermissionDenied)) << role;
  }
  EXPECT_THAT(List("acme", "tenant_admin", Of("other")), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(List("acme", "tenant_admin", Of("-")), StatusIs(absl::StatusCode::kPermissionDenied));
  for (const char* role : {"tenant_admin", "operator"}) EXPECT_THAT(List("*", role, Of("-")), IsOk());
  EXPECT_THAT(List("*", "privacy_officer", Of("-")), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(List("*", "operator", Of("acme")), StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_F(AuditServiceTest, GivesPagesAndAllOfItAndWhatItEndsWith) {
  for (int i = 0; i < 3; ++i) ASSERT_THAT(Update(ChannelOf("acme", "tenant_admin")), IsOk());
  admin::v1::ListAuditEntriesRequest request = Of("acme", 4);
  ASSERT_OK_AND_ASSIGN(const auto first, List("acme", "tenant_admin", request));
  EXPECT_THAT(first.audit_entries(), SizeIs(4));
  EXPECT_EQ(audit::NumberOf(first.audit_entries(0)), 6);
  request.set_page_token(first.next_page_token());
  ASSERT_OK_AND_ASSIGN(const auto second, List("acme", "tenant_admin", request));
  EXPECT_THAT(second.audit_entries(), SizeIs(2));
  EXPECT_EQ(second.next_page_token(), "");
  request.set_principal("somebody");
  EXPECT_THAT(List("acme", "tenant_admin", request), StatusIs(absl::StatusCode::kInvalidArgument))
      << "the page of another list";

  const auto stub = admin::v1::AuditService::NewStub(ChannelOf("acme", "tenant_admin"));
  grpc::ClientContext export_context, head_context;
  admin::v1::ExportAuditEntriesRequest all;
  all.set_parent("tenants/acme");
  const auto stream = stub->ExportAuditEntries(&export_context, all);
  audit::ChainVerifier verifier("acme");
  admin::v1::ExportAuditEntriesResponse part;
  while (stream->Read(&part)) {
    for (const Entry& entry : part.audit_entries()) verifier.Add(entry);
  }
  ASSERT_TRUE(stream->Finish().ok());
  EXPECT_FALSE(verifier.broken().has_value());
  admin::v1::GetAuditHeadRequest head_request;
  head_request.set_parent("tenants/acme");
  admin::v1::AuditHead head;
  ASSERT_TRUE(stub->GetAuditHead(&head_context, head_request, &head).ok());
  EXPECT_EQ(head.program(), "clientele-test");
  EXPECT_EQ(head.number(), 6);
  EXPECT_EQ(head.hash(), verifier.head().hash);
}

}  // namespace
}  // namespace clientele::rpc
