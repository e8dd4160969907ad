#include "common/rpc/channel.h"

#include <gmock/gmock.h>

#include <atomic>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/rpc/retry_policy.h"
#include "common/rpc/status.h"
#include "tests/common/rpc/fake_services.h"
#include "tests/testing/status_matchers.h"

// Registers the messages of every area, for the catalogue below.
#include "clientele/admin/v1/admin_service.pb.h"
#include "clientele/admin/v1/audit_service.pb.h"
#include "clientele/admin/v1/backup_service.pb.h"
#include "clientele/admin/v1/encryption_service.pb.h"
#include "clientele/admin/v1/tenant_service.pb.h"
#include "clientele/inference/v1/current_score_service.pb.h"
#include "clientele/inference/v1/due_version_service.pb.h"
#include "clientele/inference/v1/monitoring_service.pb.h"
#include "clientele/inference/v1/override_service.pb.h"
#include "clientele/inference/v1/quality_service.pb.h"
#include "clientele/inference/v1/rescore_service.pb.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "clientele/inference/v1/value_service.pb.h"
#include "clientele/ingestion/v1/consent_service.pb.h"
#include "clientele/ingestion/v1/customer_service.pb.h"
#include "clientele/ingestion/v1/privacy_service.pb.h"
#include "clientele/ingestion/v1/retention_service.pb.h"
#include "clientele/training/v1/schedule_service.pb.h"
#include "clientele/training/v1/training_service.pb.h"

namespace clientele::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;
using testutil::IsOk;
using testutil::StatusIs;

TEST(MakeChannelTest, WantsAnAddress) {
  ChannelOptions options;
  options.name = "inference";
  EXPECT_THAT(MakeChannel(options).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("inference.address")));
}

TEST(MakeChannelTest, NobodyThereIsUnavailable) {
  ChannelOptions options;
  options.address = "127.0.0.1:1";
  grpc::ClientContext context;
  Prepare(context, absl::Seconds(20));
  v1::Settings response;
  EXPECT_THAT(
      FromGrpc(v1::SettingsService::NewStub(MakeChannel(options).value())->UpdateSettings(&context, {}, &response)),
      StatusIs(absl::StatusCode::kUnavailable));
}

class RetryTest : public ::testing::Test {
 protected:
  // How often the handler ran, and how the call ended, where the handler says `first` and then OK.
  std::pair<int, absl::Status> Call(const absl::Status& first) {
    calls_ = 0;
    first_ = first;
    grpc::ClientContext context;
    Prepare(context, absl::Seconds(30));
    v1::Settings response;
    const absl::Status status = FromGrpc(stub_->GetSettings(&context, {}, &response));
    return {calls_, status};
  }

  observability::Metrics metrics_;
  Executor executor_{2, 8};
  std::atomic<int> calls_{0};
  absl::Status first_;
  FakeSettings service_{executor_, [this](const rpc::Call&, const v1::GetSettingsRequest&, v1::Settings&) {
                          return ++calls_ == 1 ? first_ : absl::OkStatus();
                        }};
  std::unique_ptr<Server> server_ = Server::Start({}, {&service_}, metrics_).value();
  std::unique_ptr<v1::SettingsService::Stub> stub_ = v1::SettingsService::NewStub(ChannelTo(*server_));
};

TEST_F(RetryTest, RepeatsAReadThatWasUnavailable) {
  const auto [calls, status] = Call(absl::UnavailableError("try again"));
  EXPECT_THAT(status, IsOk());
  EXPECT_EQ(calls, 2);
}

TEST_F(RetryTest, RepeatsNothingElse) {
  for (const absl::StatusCode code : {absl::StatusCode::kInternal, absl::StatusCode::kAborted,
                                      absl::StatusCode::kResourceExhausted, absl::StatusCode::kInvalidArgument}) {
    const auto [calls, status] = Call(absl::Status(code, "no"));
    EXPECT_THAT(status, StatusIs(code));
    EXPECT_EQ(calls, 1);
  }
}

// Two servers behind one address, which count the calls they get.
class ReplicasTest : public ::testing::Test {
 protected:
  struct Replica {
    explicit Replica(bool ready) {
      ServerOptions options;
      options.starts_ready = ready;
      server = Server::Start(options, {&service}, metrics).value();
    }
    std::string address() const { return absl::StrCat("127.0.0.1:", server->port()); }

    observability::Metrics metrics;
    Executor executor{2, 64};
    std::atomic<int> calls{0};
    FakeSettings service{executor, [this](const rpc::Call&, const v1::GetSettingsRequest&, v1::Settings&) {
                           ++calls;
                           return absl::OkStatus();
                         }};
    std::unique_ptr<Server> server;
  };

  // How many of `count` calls succeed. Waits for a connection at first, and for nothing later.
  static int Call(const std::string& address, int count) {
    ChannelOptions options;
    options.address = address;
    const auto stub = v1::SettingsService::NewStub(MakeChannel(options).value());
    int succeeded = 0;
    for (int i = 0; i < count; ++i) {
      grpc::ClientContext context;
      context.set_wait_for_ready(i == 0);
      Prepare(context, absl::Seconds(20));
      v1::Settings response;
      succeeded += stub->GetSettings(&context, {}, &response).ok() ? 1 : 0;
    }
    return succeeded;
  }
};

TEST_F(ReplicasTest, ShareTheCalls) {
  Replica one(/*ready=*/true), other(/*ready=*/true);
  EXPECT_EQ(Call(absl::StrCat("ipv4:", one.address(), ",", other.address()), 200), 200);
  EXPECT_GT(one.calls, 50);
  EXPECT_GT(other.calls, 50);
}

TEST_F(ReplicasTest, OneThatDoesNotServeGetsNoCalls) {
  Replica serving(/*ready=*/true), loading(/*ready=*/false);
  EXPECT_EQ(Call(absl::StrCat("ipv4:", serving.address(), ",", loading.address()), 100), 100);
  EXPECT_EQ(serving.calls, 100);
  EXPECT_EQ(loading.calls, 0);
}

TEST_F(ReplicasTest, AServerByItselfIsCalledBeforeItIsReady) {
  Replica loading(/*ready=*/false);
  EXPECT_EQ(Call(loading.address(), 1), 1);
}

// Every method there is: either it is repeated, or it is listed here with why not.
TEST(RetryPolicyTest, KnowsEveryMethod) {
  std::vector<std::string> known = {
      "clientele.ingestion.v1.IngestionService/IngestRecords",    // A stream: its sender knows what was acknowledged.
      "clientele.ingestion.v1.SettingsService/UpdateSettings",    // A lost answer would come back as an etag mismatch.
      "clientele.ingestion.v1.PrivacyService/EraseCustomer",      // Without a request id it would be a second erasure.
      "clientele.ingestion.v1.ConsentService/SetScoringConsent",  // A lost answer would come back as an etag mismatch.
      "clientele.inference.v1.OverrideService/SetScoreOverride",  // So would this one's,
      "clientele.inference.v1.OverrideService/DeleteScoreOverride",  // and this one's as OVERRIDE_NOT_FOUND.
      "clientele.ingestion.v1.FeatureService/CreateFeature",         // A lost answer would come back as ALREADY_EXISTS.
      "clientele.training.v1.TrainingService/CancelTrainingJob",     // A lost answer would come back as
                                                                     // TRAINING_JOB_ENDED.
      "clientele.training.v1.ScheduleService/CreateRetrainSchedule",  // As SCHEDULE_EXISTS,
      "clientele.training.v1.ScheduleService/UpdateRetrainSchedule",  // as an etag mismatch,
      "clientele.training.v1.ScheduleService/DeleteRetrainSchedule",  // as SCHEDULE_NOT_FOUND.
      "clientele.inference.v1.RescoreService/CreateRescoreSchedule",  // As those three.
      "clientele.inference.v1.RescoreService/UpdateRescoreSchedule",
      "clientele.inference.v1.RescoreService/DeleteRescoreSchedule",
      "clientele.inference.v1.RescoreService/CreateRescoreJob",   // Without an id it would be a second one.
      "clientele.inference.v1.ModelService/PublishModelVersion",  // A stream.
      "clientele.inference.v1.ModelService/SetModelAlias",            // Moves the alias.
      "clientele.inference.v1.ModelService/RollbackModelAlias",       // Would roll back twice.
      "clientele.inference.v1.ModelService/UpdateModelTraffic",   // A lost answer would come back as an etag mismatch.
      "clientele.inference.v1.ModelService/UpdateModel",          // So would this one's.
      "clientele.inference.v1.ValueService/UpdateValueSettings",  // And it would be a revision of its own.
      "clientele.inference.v1.ScoringService/StreamScore",        // A stream.
      "clientele.admin.v1.AdminService/CreateApiKey",             // Would make two keys.
      "clientele.admin.v1.AdminService/UpdateTenantQuota",        // A lost answer would come back as an etag mismatch.
      "clientele.admin.v1.TenantService/CreateTenant",            // A lost answer would come back as TENANT_EXISTS,
      "clientele.admin.v1.TenantService/UpdateTenant",            // as an etag mismatch,
      "clientele.ingestion.v1.RetentionService/UpdateRetentionPolicy",  // and so would this one's.
      "clientele.admin.v1.BackupService/CreateBackup",                  // Would make two.
      "clientele.admin.v1.BackupService/PruneBackups",                  // A lost answer would not tell what went.
      "clientele.admin.v1.EncryptionService/RotateKeys",                // Would draw two keys.
  };
  for (const absl::string_view method : RepeatableMethods()) known.emplace_back(method);
  std::vector<std::string> all;
  for (const google::protobuf::FileDescriptor* file : {v1::GetSettingsRequest::descriptor()->file(),
                                                       v1::IngestRecordsRequest::descriptor()->file(),
                                                       v1::ReadDatasetRequest::descriptor()->file(),
                                                       v1::Customer::descriptor()->file(),
                                                       v1::Erasure::descriptor()->file(),
                                                       v1::ScoringConsent::descriptor()->file(),
                                                       inference::v1::ScoreOverride::descriptor()->file(),
                                                       inference::v1::CurrentScore::descriptor()->file(),
                                                       inference::v1::RescoreJob::descriptor()->file(),
                                                       v1::PreviewRetentionRequest::descriptor()->file(),
                                                       admin::v1::Tenant::descriptor()->file(),
                                                       training::v1::TrainingJob::descriptor()->file(),
                                                       training::v1::RetrainSchedule::descriptor()->file(),
                                                       inference::v1::DueVersion::descriptor()->file(),
                                                       inference::v1::QualityHistory::descriptor()->file(),
                                                       inference::v1::Model::descriptor()->file(),
                                                       inference::v1::ScoreRequest::descriptor()->file(),
                                                       inference::v1::DriftReport::descriptor()->file(),
                                                       inference::v1::ValueSettings::descriptor()->file(),
                                                       admin::v1::ApiKey::descriptor()->file(),
                                                       admin::v1::AuditEntry::descriptor()->file(),
                                                       admin::v1::Backup::descriptor()->file(),
                                                       admin::v1::Encryption::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        all.push_back(file->service(s)->full_name() + "/" + file->service(s)->method(m)->name());
      }
    }
  }
  EXPECT_THAT(known, UnorderedElementsAreArray(all));
}

}  // namespace
}  // namespace clientele::rpc
