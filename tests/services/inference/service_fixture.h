// Inference as a server on loopback, with its client and an ingestion that a test sets up.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "clientele/inference/v1/model_service.grpc.pb.h"
#include "clientele/inference/v1/scoring_service.grpc.pb.h"
#include "clientele/ingestion/v1/feature_service.grpc.pb.h"
#include "common/base/executor.h"
#include "common/base/status_macros.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/rpc/status.h"
#include "common/rpc/unary.h"
#include "common/storage/rocksdb/version_store.h"
#include "services/inference/customer_history_client.h"
#include "services/inference/feature_client.h"
#include "services/inference/model_service.h"
#include "services/inference/scoring_service.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {

// FeatureService with the customers of FakeFeatures.
class FakeIngestion final : public ingestion::v1::FeatureService::CallbackService {
 public:
  grpc::ServerUnaryReactor* BatchGetFeatures(grpc::CallbackServerContext* context,
                                             const ingestion::v1::BatchGetFeaturesRequest* request,
                                             ingestion::v1::BatchGetFeaturesResponse* response) override {
    return rpc::UnaryInline(context, [=, this](const rpc::Call& call) -> absl::Status {
      last_request_id = call.request_id;
      const std::vector<std::string> ids(request->customer_ids().begin(), request->customer_ids().end());
      const std::vector<std::string> names(request->features().begin(), request->features().end());
      CLIENTELE_ASSIGN_OR_RETURN(*response, features.Answer(ids, names));
      return absl::OkStatus();
    });
  }

  testutil::FakeFeatures features;  // Set up before calls, looked at after them.
  std::string last_request_id;
};

class ServiceFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    ingestion_server_ = *rpc::Server::Start({}, {&ingestion_}, ingestion_metrics_);
    StartInference();
  }
  void TearDown() override { StopInference(); }

  void StartInference() {
    store_ = *storage::RocksVersionStore::Open(directory_.path());
    metrics_ = std::make_unique<observability::Metrics>();
    lifecycle_metrics_ = std::make_unique<LifecycleMetrics>(*metrics_);
    registry_ = *Registry::Open(*store_, clock_, lifecycle_metrics_.get());
    registry_->AwaitLoaded();
    features_ = std::make_unique<FeatureClient>(ChannelTo(ingestion_server_->port()), absl::Seconds(20),
                                                /*most_calls=*/64, *metrics_);
    score_metrics_ = std::make_unique<ScoreMetrics>(*metrics_);
    history_ = std::make_unique<CustomerHistoryClient>(ChannelTo(ingestion_server_->port()), absl::Seconds(20));
    engine_ = std::make_unique<ScoringEngine>(*registry_, *features_, tiers_, *score_metrics_);
    trends_ = std::make_unique<Trends>(*registry_, *history_);
    changes_ = std::make_unique<ScoreChangeExplainer>(*registry_, *history_);
    executor_ = std::make_unique<Executor>(16, 64);
    model_service_ = std::make_unique<ModelService>(*registry_, *executor_, *executor_);
    scoring_service_ = std::make_unique<ScoringService>(*engine_, *trends_, *changes_, *executor_, places_);
    server_ = *rpc::Server::Start({}, {model_service_.get(), scoring_service_.get()}, *metrics_);
    const auto channel = ChannelTo(server_->port());
    models_ = v1::ModelService::NewStub(channel);
    scoring_ = v1::ScoringService::NewStub(channel);
  }
  // From the edge inwards, as main does it.
  void StopInference() {
    models_.reset();
    scoring_.reset();
    server_.reset();
    scoring_service_.reset();
    model_service_.reset();
    executor_.reset();
    changes_.reset();
    trends_.reset();
    engine_.reset();
    history_.reset();
    registry_.reset();
    store_.reset();
  }
  static std::shared_ptr<grpc::Channel> ChannelTo(int port) {
    rpc::ChannelOptions options;
    options.address = absl::StrCat("127.0.0.1:", port);
    return *rpc::MakeChannel(options);
  }

  static std::unique_ptr<grpc::ClientContext> Context() {
    auto context = std::make_unique<grpc::ClientContext>();
    rpc::Prepare(*context, absl::Seconds(60));
    return context;
  }
  // One unary call: Call(&*models_, &Stub::GetModel, request).
  template <typename Stub, typename Request, typename Response>
  static absl::StatusOr<Response> Call(Stub& stub,
                                       grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                       const std::type_identity_t<Request>& request) {
    Response response;
    const absl::Status status = rpc::FromGrpc((stub.*method)(Context().get(), request, &response));
    if (!status.ok()) return status;
    return response;
  }

  static v1::PublishModelVersionRequest HeaderFor(const std::string& model, const std::string& bytes,
                                                  const std::vector<std::string>& aliases = {"champion"}) {
    v1::PublishModelVersionRequest request;
    request.mutable_header()->set_parent(absl::StrCat("tenants/acme/models/", model));
    request.mutable_header()->set_sha256(Sha256Hex(bytes));
    request.mutable_header()->set_size_bytes(static_cast<int64_t>(bytes.size()));
    for (const std::string& alias : aliases) request.mutable_header()->add_aliases(alias);
    return request;
  }
  absl::StatusOr<v1::ModelVersion> Publish(const v1::PublishModelVersionRequest& header, const std::string& bytes,
                                           size_t chunk_bytes = 100) {
    v1::ModelVersion version;
    const auto context = Context();
    const auto writer = models_->PublishModelVersion(context.get(), &version);
    writer->Write(header);
    for (size_t begin = 0; begin < bytes.size(); begin += chunk_bytes) {
      v1::PublishModelVersionRequest chunk;
      chunk.set_chunk(bytes.substr(begin, chunk_bytes));
      if (!writer->Write(chunk)) break;
    }
    writer->WritesDone();
    const absl::Status status = rpc::FromGrpc(writer->Finish());
    if (!status.ok()) return status;
    return version;
  }
  absl::StatusOr<v1::ModelVersion> Publish(const std::string& model, const model::v1::ModelArtifact& artifact) {
    const std::string bytes = testutil::Serialize(artifact);
    return Publish(HeaderFor(model, bytes), bytes);
  }

  testutil::TempDir directory_;
  testutil::ManualClock clock_;
  observability::Metrics ingestion_metrics_;
  FakeIngestion ingestion_;
  std::unique_ptr<rpc::Server> ingestion_server_;
  std::unique_ptr<storage::VersionStore> store_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<observability::Metrics> metrics_;
  std::unique_ptr<LifecycleMetrics> lifecycle_metrics_;
  std::unique_ptr<FeatureClient> features_;
  std::unique_ptr<ScoreMetrics> score_metrics_;
  std::unique_ptr<CustomerHistoryClient> history_;
  TierBook tiers_;
  std::unique_ptr<ScoringEngine> engine_;
  std::unique_ptr<Trends> trends_;
  std::unique_ptr<ScoreChangeExplainer> changes_;
  std::unique_ptr<Executor> executor_;
  rpc::StreamPlaces places_{16};
  std::unique_ptr<ModelService> model_service_;
  std::unique_ptr<ScoringService> scoring_service_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<v1::ModelService::Stub> models_;
  std::unique_ptr<v1::ScoringService::Stub> scoring_;
};

}  // namespace clientele::inference
