// What a sales page waits for: one score by name of a logistic model with 64 features, reasons included.
//
//   inference_benchmark --benchmark_filter=Scorer    the scoring alone: reading names, predicting, explaining
//   inference_benchmark --benchmark_filter=Grpc      through a server on loopback, one connection, one call at a time;
//                                                    and in batches of 1,000 rows
#include <benchmark/benchmark.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clientele/inference/v1/scoring_service.grpc.pb.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/executor.h"
#include "common/base/hash.h"
#include "common/model/artifact.h"
#include "common/observability/log.h"
#include "common/rpc/byte_buffer.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/storage/rocksdb/version_store.h"
#include "services/inference/registry/registry.h"
#include "services/inference/scoring/scorer.h"
#include "services/inference/scoring/scoring_engine.h"
#include "services/inference/scoring_service.h"
#include "tests/services/inference/scoring/given.h"

namespace clientele::inference {
namespace {

constexpr int kFeatures = 64;
constexpr char kModel[] = "tenants/acme/models/churn";

model::v1::ModelArtifact MakeArtifact() {
  model::v1::ModelArtifact artifact;
  artifact.set_format_version(model::kFormatVersion);
  for (int f = 0; f < kFeatures; ++f) {
    auto& column = *artifact.add_schema();
    column.mutable_feature()->set_name(absl::StrCat("purchases_", f, "d"));
    column.set_type(common::v1::FEATURE_TYPE_NUMBER);
    auto& fitted = *artifact.mutable_preprocessing()->add_features();
    fitted.set_feature(column.feature().name());
    fitted.mutable_number()->set_mean(f);
    fitted.mutable_number()->set_scale(0.5);
    fitted.mutable_number()->set_training_mean(f);
    fitted.mutable_number()->set_training_deviation(2);
    artifact.mutable_logistic_regression()->add_coefficients(f % 7 - 3);
  }
  artifact.mutable_preprocessing()->set_num_columns(kFeatures);
  artifact.mutable_logistic_regression()->set_threshold(0.5);
  for (int i = 0; i <= 100; ++i) artifact.add_score_quantiles(i / 100.0);
  const auto predictor = model::Predictor::Create(artifact);
  for (auto& row : model::MakeGoldenRows(**predictor)) *artifact.add_golden_rows() = std::move(row);
  return artifact;
}

v1::Subject MakeSubject() {
  v1::Subject subject;
  for (int f = 0; f < kFeatures; ++f) {
    auto& value = *subject.add_features();
    value.set_feature(absl::StrCat("purchases_", f, "d"));
    value.mutable_value()->set_number(f + f % 5);
  }
  return subject;
}

// Nobody's customers: all features are given here.
class NoFeatures final : public FeatureSource {
 public:
  void Fetch(const TenantId&, absl::Span<const std::string>, const FeatureNames&, const rpc::Call&,
             Done done) override {
    done(Error(absl::StatusCode::kUnavailable, ErrorReason::kIngestionUnavailable, "there is none"));
  }
};

// And nobody looks back.
class NoHistory final : public CustomerHistory {
 public:
  absl::StatusOr<ingestion::v1::BatchGetFeaturesResponse> FeaturesAt(const TenantId&, absl::Span<const std::string>,
                                                                     absl::Span<const std::string>, const PastInstant&,
                                                                     const rpc::Call&) override {
    return Error(absl::StatusCode::kUnavailable, ErrorReason::kIngestionUnavailable, "there is none");
  }
  absl::Status ForEachRecord(const TenantId&, const std::string&, const rpc::Call&,
                             absl::FunctionRef<bool(const ingestion::v1::Record&)>) override {
    return absl::OkStatus();
  }
};

// A server with one published model.
class Inference {
 public:
  Inference() : directory_(std::filesystem::temp_directory_path() / absl::StrCat("inference_benchmark.", getpid())) {
    (void)observability::InitLogging({.program = "inference_benchmark", .format = "text", .level = "off"});
    store_ = *storage::RocksVersionStore::Open(directory_);
    registry_ = *Registry::Open(*store_, clock_);
    const std::string bytes = model::SerializeArtifact(MakeArtifact()).bytes;
    PublishOrder order(*TenantId::Parse("acme"), "churn");
    order.sha256 = Sha256Hex(bytes);
    order.aliases = {"champion"};
    const auto upload = *registry_->BeginUpload(order);
    if (!upload->Append(order, bytes).ok() || !registry_->Publish(order, *upload, "").ok()) std::abort();
    engine_ = std::make_unique<ScoringEngine>(*registry_, features_, tiers_, score_metrics_);
    trends_ = std::make_unique<Trends>(*registry_, history_);
    changes_ = std::make_unique<ScoreChangeExplainer>(*registry_, history_);
    service_ = std::make_unique<ScoringService>(*engine_, *trends_, *changes_, executor_, places_);
    server_ = *rpc::Server::Start({}, {service_.get()}, metrics_);
    rpc::ChannelOptions options;
    options.address = absl::StrCat("127.0.0.1:", server_->port());
    stub_ = v1::ScoringService::NewStub(*rpc::MakeChannel(options));
  }
  ~Inference() {
    server_.reset();
    executor_.Stop();
    registry_.reset();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  const ScoringEngine& engine() const { return *engine_; }
  v1::ScoringService::Stub& stub() { return *stub_; }

 private:
  const std::string directory_;
  const SystemClock clock_;
  std::unique_ptr<storage::VersionStore> store_;
  std::unique_ptr<Registry> registry_;
  NoFeatures features_;
  NoHistory history_;
  observability::Metrics metrics_;
  ScoreMetrics score_metrics_{metrics_};
  TierBook tiers_;
  std::unique_ptr<ScoringEngine> engine_;
  std::unique_ptr<Trends> trends_;
  std::unique_ptr<ScoreChangeExplainer> changes_;
  Executor executor_{8, 64};
  rpc::StreamPlaces places_{8};
  std::unique_ptr<ScoringService> service_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<v1::ScoringService::Stub> stub_;
};

Inference& Shared() {
  static Inference inference;
  return inference;
}

v1::ScoreRequest MakeRequest(int max_reasons) {
  v1::ScoreRequest request;
  request.set_name(kModel);
  *request.mutable_subject() = MakeSubject();
  request.set_max_reasons(max_reasons);
  return request;
}

void BM_ScorerByName(benchmark::State& state) {
  const ScoringModel model(*model::Predictor::Create(MakeArtifact()));
  const std::string subject = MakeSubject().SerializeAsString();
  std::vector<model::Cell> row(kFeatures);
  for (auto _ : state) {
    if (!testutil::ReadGiven(model, subject, absl::MakeSpan(row)).ok()) std::abort();
    benchmark::DoNotOptimize(ScoreRow(model, row, static_cast<int>(state.range(0))));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ScorerByName)->ArgName("reasons")->Arg(0)->Arg(5);

void BM_ScorerWithRegistry(benchmark::State& state) {
  const v1::ScoreRequest request = MakeRequest(5);
  const rpc::Call call;
  for (auto _ : state) benchmark::DoNotOptimize(testutil::Score(Shared().engine(), call, request));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ScorerWithRegistry);

// All that a call of Score is beside gRPC's part: the request's bytes in, the answer's out.
void BM_ScoreBytes(benchmark::State& state) {
  const std::string request = MakeRequest(static_cast<int>(state.range(0))).SerializeAsString();
  const rpc::Call call;
  for (auto _ : state) {
    ScoreRequestView view;
    if (!ReadScoreRequest(request, view).ok()) std::abort();
    google::protobuf::Arena arena;
    auto& response = *google::protobuf::Arena::CreateMessage<v1::ScoreResponse>(&arena);
    Shared().engine().Score(call, view, response, [&](const absl::Status& status) {
      if (!status.ok()) std::abort();
      benchmark::DoNotOptimize(rpc::Serialize(response));
    });
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ScoreBytes)->ArgName("reasons")->Arg(-1)->Arg(5);

void BM_GrpcScore(benchmark::State& state) {
  const v1::ScoreRequest request = MakeRequest(static_cast<int>(state.range(0)));
  v1::ScoreResponse response;
  for (auto _ : state) {
    grpc::ClientContext context;
    rpc::Prepare(context, absl::Seconds(10));
    if (!Shared().stub().Score(&context, request, &response).ok()) std::abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_GrpcScore)->ArgName("reasons")->Arg(-1)->Arg(5)->UseRealTime();

void BM_GrpcBatchScore(benchmark::State& state) {
  constexpr int kRows = 1000;
  v1::BatchScoreRequest request;
  request.set_name(kModel);
  for (int i = 0; i < kRows; ++i) *request.add_subjects() = MakeSubject();
  v1::BatchScoreResponse response;
  for (auto _ : state) {
    grpc::ClientContext context;
    rpc::Prepare(context, absl::Seconds(60));
    if (!Shared().stub().BatchScore(&context, request, &response).ok()) std::abort();
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(BM_GrpcBatchScore)->UseRealTime();

}  // namespace
}  // namespace clientele::inference

BENCHMARK_MAIN();
