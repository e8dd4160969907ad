// clientele-inference as a process: what it acknowledged outlives its death, and it leaves in good order.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "clientele/inference/v1/model_service.grpc.pb.h"
#include "clientele/inference/v1/scoring_service.grpc.pb.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/program.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/test_data.h"

namespace clientele::inference {
namespace {

class InferenceProgramTest : public ::testing::Test {
 protected:
  void Start() {
    auto program = testutil::Program::Start(
        testutil::ProgramPath("clientele-inference"),
        {"--server-address=127.0.0.1:0", "--server-metrics-address=127.0.0.1:0", "--ingestion-address=127.0.0.1:1",
         absl::StrCat("--data-directory=", directory_.path(), "/data")});
    ASSERT_OK(program);
    program_ = *std::move(program);
    const auto address = program_->WaitUntilServing();
    ASSERT_OK(address);
    rpc::ChannelOptions options;
    options.address = *address;
    const auto channel = *rpc::MakeChannel(options);
    models_ = v1::ModelService::NewStub(channel);
    scoring_ = v1::ScoringService::NewStub(channel);
  }
  absl::Status Publish(const std::string& bytes) {
    v1::PublishModelVersionRequest request;
    request.mutable_header()->set_parent("tenants/acme/models/churn");
    request.mutable_header()->set_sha256(Sha256Hex(bytes));
    request.mutable_header()->add_aliases("champion");
    grpc::ClientContext context;
    rpc::Prepare(context, absl::Seconds(60));
    v1::ModelVersion version;
    const auto writer = models_->PublishModelVersion(&context, &version);
    writer->Write(request);
    request.set_chunk(bytes);
    writer->Write(request);
    writer->WritesDone();
    return rpc::FromGrpc(writer->Finish());
  }
  absl::StatusOr<v1::ScoreResponse> Score() {
    v1::ScoreRequest request;
    request.set_name("tenants/acme/models/churn");
    *request.mutable_subject()->add_features() = testutil::Number("recency", 40);
    grpc::ClientContext context;
    rpc::Prepare(context, absl::Seconds(60));
    v1::ScoreResponse response;
    const absl::Status status = rpc::FromGrpc(scoring_->Score(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }

  testutil::TempDir directory_;
  std::unique_ptr<testutil::Program> program_;
  std::unique_ptr<v1::ModelService::Stub> models_;
  std::unique_ptr<v1::ScoringService::Stub> scoring_;
};

TEST_F(InferenceProgramTest, WhatWasPublishedIsServedAfterKill9) {
  for (int i = 1; i <= 3; ++i) {
    ASSERT_NO_FATAL_FAILURE(Start());
    ASSERT_OK(Publish(testutil::Serialize(testutil::ChurnModel(-i))));
    program_->Kill(SIGKILL);
    program_->Wait();
    ASSERT_NO_FATAL_FAILURE(Start());
    ASSERT_OK_AND_ASSIGN(const auto score, Score());
    EXPECT_EQ(score.model_version(), absl::StrCat("tenants/acme/models/churn/versions/", i));
    program_->Kill(SIGTERM);
    EXPECT_EQ(program_->Wait(), 0);
  }
}

TEST_F(InferenceProgramTest, ServesGivenFeaturesWithoutAnyOtherProgram) {
  ASSERT_NO_FATAL_FAILURE(Start());
  ASSERT_OK(Publish(testutil::Serialize(testutil::ChurnModel())));
  EXPECT_OK(Score());
  v1::ScoreCustomerRequest request;
  request.set_name("tenants/acme/customers/c1");
  grpc::ClientContext context;
  rpc::Prepare(context, absl::Seconds(60));
  v1::ScoreCustomerResponse response;
  const absl::Status status = rpc::FromGrpc(scoring_->ScoreCustomer(&context, request, &response));
  EXPECT_EQ(ReasonOf(status), "INGESTION_UNAVAILABLE") << status;
}

TEST_F(InferenceProgramTest, ExplainsItself) {
  const auto help = testutil::RunProgram(testutil::ProgramPath("clientele-inference"), {"--help"});
  ASSERT_OK(help);
  EXPECT_EQ(help->exit_code, 0);
  EXPECT_THAT(help->standard_output, ::testing::HasSubstr("--ingestion-address"));
  const auto wrong = testutil::RunProgram(testutil::ProgramPath("clientele-inference"), {"--no-such-setting=1"});
  ASSERT_OK(wrong);
  EXPECT_NE(wrong->exit_code, 0);
}

}  // namespace
}  // namespace clientele::inference
