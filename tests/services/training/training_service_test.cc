// TrainingService over real gRPC, with workers and data that the test plays.
#include "services/training/training_service.h"

#include <grpcpp/client_context.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/observability/metrics.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/rpc/status.h"
#include "common/storage/rocksdb/job_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/services/training/jobs/fake_launcher.h"
#include "tests/services/training/worker/fake_peers.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using v1::TrainingJob;

class TrainingServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(store_, storage::OpenRocksJobStore(directory_.path()));
    ASSERT_OK_AND_ASSIGN(jobs_, JobManager::Start(*store_, launcher_, clock_, {.max_queued = 3, .on_change = nullptr}));
    service_ = std::make_unique<TrainingService>(*jobs_, data_, clock_,
                                                 TrainingService::Executors{calls_, watchers_, readiness_});
    rpc::ServerOptions options;
    options.metrics_address = "";
    ASSERT_OK_AND_ASSIGN(server_, rpc::Server::Start(options, {service_.get()}, metrics_));
    rpc::ChannelOptions channel_options;
    channel_options.address = absl::StrCat("127.0.0.1:", server_->port());
    ASSERT_OK_AND_ASSIGN(const auto channel, rpc::MakeChannel(channel_options));
    stub_ = v1::TrainingService::NewStub(channel);
  }
  void TearDown() override {
    jobs_->Stop();
    server_->Shutdown();
  }

  template <typename Request, typename Response>
  using Method = grpc::Status (v1::TrainingService::Stub::*)(grpc::ClientContext*, const Request&, Response*);
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(Method<Request, Response> method, const Request& request) {
    grpc::ClientContext context;
    rpc::Prepare(context, absl::Seconds(30));
    Response response;
    CLIENTELE_RETURN_IF_ERROR(rpc::FromGrpc((stub_.get()->*method)(&context, request, &response)));
    return response;
  }
  static v1::CreateTrainingJobRequest Request(const std::string& id) {
    v1::CreateTrainingJobRequest request;
    request.set_parent("tenants/acme");
    request.set_training_job_id(id);
    *request.mutable_training_job()->mutable_spec() = testutil::ChurnSpec();
    return request;
  }
  absl::StatusOr<TrainingJob> Create(const v1::CreateTrainingJobRequest& request) {
    return Call(&v1::TrainingService::Stub::CreateTrainingJob, request);
  }
  absl::StatusOr<TrainingJob> Get(const std::string& name) {
    v1::GetTrainingJobRequest request;
    request.set_name(name);
    return Call(&v1::TrainingService::Stub::GetTrainingJob, request);
  }
  absl::StatusOr<TrainingJob> Cancel(const std::string& name) {
    v1::CancelTrainingJobRequest request;
    request.set_name(name);
    return Call(&v1::TrainingService::Stub::CancelTrainingJob, request);
  }
  absl::StatusOr<v1::CheckDataReadinessResponse> CheckReadiness(const model::v1::TrainingSpec& spec) {
    v1::CheckDataReadinessRequest request;
    request.set_parent("tenants/acme");
    *request.mutable_spec() = spec;
    return Call(&v1::TrainingService::Stub::CheckDataReadiness, request);
  }

  testutil::TempDir directory_;
  testutil::ManualClock clock_;
  testutil::FakeLauncher launcher_;
  testutil::FakeData data_;
  observability::Metrics metrics_;
  std::unique_ptr<storage::JobStore> store_;
  std::unique_ptr<JobManager> jobs_;
  Executor calls_{8, 64}, watchers_{8, 8}, readiness_{1, 1};
  std::unique_ptr<TrainingService> service_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<v1::TrainingService::Stub> stub_;
};

TEST_F(TrainingServiceTest, CreatesAndGetsAJob) {
  v1::CreateTrainingJobRequest request = Request("nightly");
  request.mutable_training_job()->set_state(TrainingJob::STATE_SUCCEEDED);  // Output only: ignored.
  request.mutable_training_job()->set_threads(2);
  ASSERT_OK_AND_ASSIGN(const TrainingJob job, Create(request));
  EXPECT_EQ(job.name(), "tenants/acme/trainingJobs/nightly");
  EXPECT_EQ(job.state(), TrainingJob::STATE_QUEUED);
  const auto run = launcher_.Next();
  EXPECT_EQ(run->job().threads(), 2);
  ASSERT_OK_AND_ASSIGN(const TrainingJob found, Get(job.name()));
  EXPECT_EQ(found.state(), TrainingJob::STATE_RUNNING);
  EXPECT_EQ(found.spec().SerializeAsString(), request.training_job().spec().SerializeAsString());
}

TEST_F(TrainingServiceTest, SaysWhichFieldIsWrong) {
  v1::CreateTrainingJobRequest request = Request("Nightly");
  EXPECT_EQ(FieldOf(Create(request).status()), "training_job_id");
  request = Request("nightly");
  request.set_parent("acme");
  EXPECT_EQ(FieldOf(Create(request).status()), "parent");
  request = Request("nightly");
  request.clear_training_job();
  EXPECT_EQ(FieldOf(Create(request).status()), "training_job");
  request = Request("nightly");
  request.set_request_id(std::string(65, 'r'));
  EXPECT_EQ(FieldOf(Create(request).status()), "request_id");
  request = Request("nightly");
  request.mutable_training_job()->set_threads(-1);
  EXPECT_EQ(FieldOf(Create(request).status()), "training_job.threads");
  request = Request("nightly");
  request.mutable_training_job()->mutable_spec()->set_model("X");
  EXPECT_EQ(FieldOf(Create(request).status()), "training_job.spec.model");
  EXPECT_EQ(FieldOf(Get("tenants/acme/jobs/a").status()), "name");
  EXPECT_EQ(ReasonOf(Get("tenants/acme/trainingJobs/nightly").status()), "TRAINING_JOB_NOT_FOUND");
}

TEST_F(TrainingServiceTest, ValidatesWithoutCreating) {
  v1::CreateTrainingJobRequest request = Request("nightly");
  request.set_validate_only(true);
  ASSERT_OK_AND_ASSIGN(const TrainingJob draft, Create(request));
  EXPECT_EQ(draft.name(), "tenants/acme/trainingJobs/nightly");
  EXPECT_EQ(draft.known_at().seconds(), 1'000);
  EXPECT_FALSE(Get(draft.name()).ok());
  request.mutable_training_job()->mutable_spec()->clear_model();
  EXPECT_EQ(FieldOf(Create(request).status()), "training_job.spec.model");
}

TEST_F(TrainingServiceTest, RefusesMoreThanMayWait) {
  ASSERT_OK(Create(Request("running")));
  const auto run = launcher_.Next();
  for (const char* id : {"a", "b", "c"}) ASSERT_OK(Create(Request(id)));
  const auto refused = Create(Request("d"));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused.status()), "TOO_MANY_JOBS");
}

TEST_F(TrainingServiceTest, ListsInPages) {
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_OK(Create(Request(id)));
    clock_.Advance(absl::Seconds(1));
  }
  v1::ListTrainingJobsRequest request;
  request.set_parent("tenants/acme");
  request.set_page_size(2);
  std::vector<std::string> names;
  do {
    ASSERT_OK_AND_ASSIGN(const auto page, Call(&v1::TrainingService::Stub::ListTrainingJobs, request));
    for (const TrainingJob& job : page.training_jobs()) names.push_back(job.name().substr(job.name().size() - 1));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("c", "b", "a"));
  request.set_page_token("nonsense");
  EXPECT_EQ(ReasonOf(Call(&v1::TrainingService::Stub::ListTrainingJobs, request).status()), "INVALID_PAGE_TOKEN");
}

TEST_F(TrainingServiceTest, WatchesAJobToItsEnd) {
  ASSERT_OK_AND_ASSIGN(const TrainingJob job, Create(Request("nightly")));
  const auto run = launcher_.Next();
  grpc::ClientContext context;
  v1::WatchTrainingJobRequest request;
  request.set_name(job.name());
  const auto reader = stub_->WatchTrainingJob(&context, request);
  TrainingJob seen;
  ASSERT_TRUE(reader->Read(&seen));  // As it is now.
  EXPECT_EQ(seen.state(), TrainingJob::STATE_RUNNING);
  run->Progress(0.5);
  ASSERT_TRUE(reader->Read(&seen));
  EXPECT_EQ(seen.progress().fraction(), 0.5);
  v1::WorkerResult result;
  result.set_model_version("v");
  run->End(result);
  ASSERT_TRUE(reader->Read(&seen));
  EXPECT_EQ(seen.state(), TrainingJob::STATE_SUCCEEDED);
  EXPECT_EQ(seen.model_version(), "v");
  EXPECT_FALSE(reader->Read(&seen));
  EXPECT_TRUE(reader->Finish().ok());
}

TEST_F(TrainingServiceTest, AWatcherDoesNotHoldUpADrain) {
  ASSERT_OK_AND_ASSIGN(const TrainingJob job, Create(Request("nightly")));
  const auto run = launcher_.Next();
  grpc::ClientContext context;
  v1::WatchTrainingJobRequest request;
  request.set_name(job.name());
  const auto reader = stub_->WatchTrainingJob(&context, request);
  TrainingJob seen;
  ASSERT_TRUE(reader->Read(&seen));
  std::thread drain([this] { server_->Shutdown(); });
  while (reader->Read(&seen)) {
  }
  EXPECT_EQ(ReasonOf(rpc::FromGrpc(reader->Finish())), "SHUTTING_DOWN");
  drain.join();
}

TEST_F(TrainingServiceTest, CancelsAndSaysThatAJobHasEnded) {
  ASSERT_OK_AND_ASSIGN(const TrainingJob job, Create(Request("nightly")));
  const auto run = launcher_.Next();
  ASSERT_OK_AND_ASSIGN(const TrainingJob cancelled, Cancel(job.name()));
  EXPECT_EQ(cancelled.state(), TrainingJob::STATE_CANCELLED);
  EXPECT_EQ(ReasonOf(Cancel(job.name()).status()), "TRAINING_JOB_ENDED");
}

TEST_F(TrainingServiceTest, TellsWhetherTheDataIsReady) {
  data_.dataset = testutil::ChurnData(600, 0.1);
  ASSERT_OK_AND_ASSIGN(const auto ready, CheckReadiness(testutil::ChurnSpec()));
  EXPECT_TRUE(ready.ready());
  EXPECT_EQ(ready.rows(), 600);
  EXPECT_GT(ready.positives(), 200);
  EXPECT_LT(ready.positives(), 400);
  EXPECT_EQ(data_.last_spec.labels_known_at().seconds(), absl::ToUnixSeconds(clock_.Now()));
  data_.dataset = testutil::ChurnData(3, 0);
  ASSERT_OK_AND_ASSIGN(const auto not_ready, CheckReadiness(testutil::ChurnSpec()));
  EXPECT_FALSE(not_ready.ready());
  ASSERT_GT(not_ready.data_issues_size(), 0);
  EXPECT_NE(not_ready.data_issues(0).recommendation(), "");
}

TEST_F(TrainingServiceTest, PassesOnWhyReadinessCannotBeTold) {
  model::v1::TrainingSpec spec = testutil::ChurnSpec();
  spec.clear_algorithm();
  EXPECT_THAT(FieldOf(CheckReadiness(spec).status()), HasSubstr("spec"));
  data_.status = Error(absl::StatusCode::kUnavailable, ErrorReason::kIngestionUnavailable, "away");
  EXPECT_EQ(ReasonOf(CheckReadiness(testutil::ChurnSpec()).status()), "INGESTION_UNAVAILABLE");
}

}  // namespace
}  // namespace clientele::training
