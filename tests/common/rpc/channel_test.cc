#include "common/rpc/channel.h"

#include <gmock/gmock.h>

#include <atomic>

#include "common/base/error.h"
#include "common/rpc/retry_policy.h"
#include "common/rpc/status.h"
#include "tests/common/rpc/fake_services.h"
#include "tests/testing/status_matchers.h"

// Registers the messages of every area, for the catalogue below.
#include "clientele/admin/v1/admin_service.pb.h"
#include "clientele/admin/v1/backup_service.pb.h"
#include "clientele/inference/v1/monitoring_service.pb.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "clientele/inference/v1/value_service.pb.h"
#include "clientele/ingestion/v1/customer_service.pb.h"
#include "clientele/ingestion/v1/privacy_service.pb.h"
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

// Every method there is: either it is repeated, or it is listed here with why not.
TEST(RetryPolicyTest, KnowsEveryMethod) {
  std::vector<std::string> known = {
      "clientele.ingestion.v1.IngestionService/IngestRecords",    // A stream: its sender knows what was acknowledged.
      "clientele.ingestion.v1.SettingsService/UpdateSettings",    // A lost answer would come back as an etag mismatch.
      "clientele.ingestion.v1.PrivacyService/EraseCustomer",      // Without a request id it would be a second erasure.
      "clientele.ingestion.v1.FeatureService/CreateFeature",      // A lost answer would come back as ALREADY_EXISTS.
      "clientele.training.v1.TrainingService/CancelTrainingJob",  // A lost answer would come back as
                                                                  // TRAINING_JOB_ENDED.
      "clientele.inference.v1.ModelService/PublishModelVersion",  // A stream.
      "clientele.inference.v1.ModelService/SetModelAlias",        // Moves the alias.
      "clientele.inference.v1.ModelService/RollbackModelAlias",   // Would roll back twice.
      "clientele.inference.v1.ModelService/UpdateModelTraffic",   // A lost answer would come back as an etag mismatch.
      "clientele.inference.v1.ModelService/UpdateModel",          // So would this one's.
      "clientele.inference.v1.ValueService/UpdateValueSettings",  // And it would be a revision of its own.
      "clientele.inference.v1.ScoringService/StreamScore",        // A stream.
      "clientele.admin.v1.AdminService/CreateApiKey",             // Would make two keys.
      "clientele.admin.v1.AdminService/UpdateTenantQuota",        // A lost answer would come back as an etag mismatch.
      "clientele.admin.v1.BackupService/CreateBackup",            // Would make two.
  };
  for (const absl::string_view method : RepeatableMethods()) known.emplace_back(method);
  std::vector<std::string> all;
  for (const google::protobuf::FileDescriptor* file :
       {v1::GetSettingsRequest::descriptor()->file(), v1::IngestRecordsRequest::descriptor()->file(),
        v1::ReadDatasetRequest::descriptor()->file(), v1::Customer::descriptor()->file(),
        v1::Erasure::descriptor()->file(),
        training::v1::TrainingJob::descriptor()->file(), inference::v1::Model::descriptor()->file(),
        inference::v1::ScoreRequest::descriptor()->file(), inference::v1::DriftReport::descriptor()->file(),
        inference::v1::ValueSettings::descriptor()->file(), admin::v1::ApiKey::descriptor()->file(),
        admin::v1::Backup::descriptor()->file()}) {
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
