// clientele-inference as a process: what it acknowledged outlives its death, and it leaves in good order.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/config.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clientele/inference/v1/model_service.grpc.pb.h"
#include "clientele/inference/v1/scoring_service.grpc.pb.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/model/predictor.h"
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

  static std::string Artifact(int64_t number) {
    return testutil::Serialize(testutil::ChurnModel(-static_cast<double>(number)));
  }
  template <typename Request, typename Response>
  absl::StatusOr<Response> Ask(grpc::Status (v1::ModelService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                              Response*),
                               const Request& request) {
    grpc::ClientContext context;
    rpc::Prepare(context, absl::Seconds(60));
    Response response;
    const absl::Status status = rpc::FromGrpc((models_.get()->*method)(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }
  absl::StatusOr<v1::ModelAlias> MoveChampion(int64_t version) {
    v1::SetModelAliasRequest request;
    request.set_name("tenants/acme/models/churn/aliases/champion");
    request.set_version(absl::StrCat("tenants/acme/models/churn/versions/", version));
    return Ask(&v1::ModelService::Stub::SetModelAlias, request);
  }
  absl::StatusOr<v1::ModelAlias> Champion() {
    v1::GetModelAliasRequest request;
    request.set_name("tenants/acme/models/churn/aliases/champion");
    return Ask(&v1::ModelService::Stub::GetModelAlias, request);
  }
  // Oldest first.
  std::vector<v1::ModelVersion> Versions() {
    v1::ListModelVersionsRequest request;
    request.set_parent("tenants/acme/models/churn");
    request.set_page_size(1000);
    const auto page = Ask(&v1::ModelService::Stub::ListModelVersions, request);
    EXPECT_OK(page);
    if (!page.ok()) return {};
    return {page->model_versions().rbegin(), page->model_versions().rend()};
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

TEST_F(InferenceProgramTest, Kill9WhilePublishingLosesNothingAndShowsNothingHalf) {
  ASSERT_NO_FATAL_FAILURE(Start());
  int64_t acknowledged = 0;
  for (int round = 0; round < 6; ++round) {
    std::thread publisher([&] {
      while (Publish(Artifact(acknowledged + 1)).ok()) ++acknowledged;
    });
    absl::SleepFor(absl::Milliseconds(15 + 23 * round));
    program_->Kill(SIGKILL);
    publisher.join();
    program_->Wait();
    ASSERT_NO_FATAL_FAILURE(Start());
    const auto versions = acknowledged == 0 ? std::vector<v1::ModelVersion>() : Versions();
    const auto count = static_cast<int64_t>(versions.size());
    // The one on its way may have become durable before its answer was lost.
    ASSERT_GE(count, acknowledged);
    ASSERT_LE(count, acknowledged + 1);
    for (int64_t i = 1; i <= count; ++i) {
      EXPECT_EQ(versions[i - 1].name(), absl::StrCat("tenants/acme/models/churn/versions/", i));
      EXPECT_EQ(versions[i - 1].sha256(), Sha256Hex(Artifact(i)));
      EXPECT_NE(versions[i - 1].state(), v1::ModelVersion::STATE_FAILED) << versions[i - 1].state_reason();
    }
    if (count == 0) continue;
    ASSERT_OK_AND_ASSIGN(const v1::ScoreResponse score, Score());
    EXPECT_EQ(score.model_version(), versions.back().name());
    const auto predictor = *model::Predictor::Load(Artifact(count));
    std::vector<model::Cell> row(3);
    row[0] = model::Cell::Number(40);
    EXPECT_EQ(score.score().probability().probability(), predictor->Predict(row, false).output);
    acknowledged = count;
  }
  EXPECT_GT(acknowledged, 0);
}

TEST_F(InferenceProgramTest, Kill9WhileAnAliasMovesLosesNoMove) {
  ASSERT_NO_FATAL_FAILURE(Start());
  ASSERT_OK(Publish(Artifact(1)));
  ASSERT_OK(Publish(Artifact(2)));
  int64_t acknowledged = 2;  // The alias's revision: even ones point at version 2.
  for (int round = 0; round < 6; ++round) {
    std::thread mover([&] {
      while (MoveChampion(acknowledged % 2 == 0 ? 1 : 2).ok()) ++acknowledged;
    });
    absl::SleepFor(absl::Milliseconds(15 + 17 * round));
    program_->Kill(SIGKILL);
    mover.join();
    program_->Wait();
    ASSERT_NO_FATAL_FAILURE(Start());
    ASSERT_OK_AND_ASSIGN(const v1::ModelAlias champion, Champion());
    ASSERT_GE(champion.revision(), acknowledged);
    ASSERT_LE(champion.revision(), acknowledged + 1);
    acknowledged = champion.revision();
    EXPECT_EQ(champion.version(), absl::StrCat("tenants/acme/models/churn/versions/", acknowledged % 2 == 0 ? 2 : 1));
    ASSERT_OK_AND_ASSIGN(const v1::ScoreResponse score, Score());
    EXPECT_EQ(score.model_version(), champion.version());
  }
  v1::ListModelAliasChangesRequest request;
  request.set_parent("tenants/acme/models/churn/aliases/champion");
  request.set_page_size(1000);
  ASSERT_OK_AND_ASSIGN(const auto page, Ask(&v1::ModelService::Stub::ListModelAliasChanges, request));
  ASSERT_EQ(page.model_alias_changes_size(), std::min<int64_t>(acknowledged, 1000));
  for (int i = 0; i + 1 < page.model_alias_changes_size(); ++i) {
    const auto &change = page.model_alias_changes(i), &before = page.model_alias_changes(i + 1);
    EXPECT_EQ(change.revision(), before.revision() + 1);
    EXPECT_EQ(change.from_version(), before.to_version());
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

#if !defined(ABSL_HAVE_ADDRESS_SANITIZER) && !defined(ABSL_HAVE_THREAD_SANITIZER)  // Which bring allocators of their own.
TEST(AllocatorTest, KeepsLittleForLater) {
  ASSERT_OK_AND_ASSIGN(const auto program,
                       testutil::Program::Start(testutil::ProgramPath("clientele-inference"), {"--help"}, "",
                                                {"MALLOC_CONF=confirm_conf:true"}));
  EXPECT_EQ(program->Wait(), 0);
  EXPECT_THAT(program->standard_error(), ::testing::HasSubstr("-- Set conf value: percpu_arena:percpu"));
  EXPECT_THAT(program->standard_error(), ::testing::HasSubstr("-- Set conf value: tcache_max:4096"));
}
#endif

}  // namespace
}  // namespace clientele::inference
