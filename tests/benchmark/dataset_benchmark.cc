// A dataset from a server that has its features ready into the trainer's memory, over gRPC on loopback: what reading adds to a
// training. One million rows of 32 numbers and a label; CLIENTELE_BENCHMARK_BRIEF shrinks them.
//
//   build/release/bin/dataset_benchmark
//
// `memory_ratio` is what the dataset takes beside its matrix of numbers, at the peak.
#include <grpcpp/grpcpp.h>
#include <sys/resource.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "benchmark/benchmark.h"
#include "clientele/ingestion/v1/feature_service.grpc.pb.h"
#include "services/training/dataset_client.h"

namespace clientele::training {
namespace {

using ingestion::v1::ReadDatasetResponse;

constexpr int kColumns = 32;
constexpr int kChunkRows = 1'000;

int64_t Rows() { return std::getenv("CLIENTELE_BENCHMARK_BRIEF") != nullptr ? 20'000 : 1'000'000; }

// Answers with the same values again and again: only ids and shards differ, and nothing is computed.
class ReadyFeatures final : public ingestion::v1::FeatureService::Service {
 public:
  ReadyFeatures() {
    for (int j = 0; j < kColumns; ++j) {
      auto* column = header_.mutable_header()->add_columns();
      column->mutable_feature()->set_name(absl::StrFormat("feature_%d", j));
      column->set_type(common::v1::FEATURE_TYPE_NUMBER);
    }
    header_.mutable_header()->set_has_label(true);
  }

  grpc::Status ReadDataset(grpc::ServerContext*, const ingestion::v1::ReadDatasetRequest*,
                           grpc::ServerWriter<ReadDatasetResponse>* writer) override {
    writer->Write(header_);
    for (int shard = 0; shard < kShardCount; ++shard) {
      const int64_t rows = Rows() * (shard + 1) / kShardCount - Rows() * shard / kShardCount;
      for (int64_t first = 0; first < rows; first += kChunkRows) {
        FillChunk(shard, first, std::min<int64_t>(kChunkRows, rows - first));
        writer->Write(chunk_);
      }
    }
    return grpc::Status::OK;
  }

 private:
  void FillChunk(int shard, int64_t first, int64_t rows) {
    auto& chunk = *chunk_.mutable_chunk();
    chunk.set_shard(shard);
    chunk.mutable_numbers()->Resize(static_cast<int>(rows * kColumns), 1.25f);
    chunk.mutable_labels()->Resize(static_cast<int>(rows), 1.0);
    chunk.clear_customer_ids();
    for (int64_t row = first; row < first + rows; ++row) chunk.add_customer_ids(absl::StrFormat("C%09d", row));
  }

  ReadDatasetResponse header_, chunk_;
};

int64_t PeakBytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * 1024;
}

void ReadyFeaturesToTrainerMemory(::benchmark::State& state) {
  ReadyFeatures service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  const auto channel = grpc::CreateChannel(absl::StrFormat("127.0.0.1:%d", port), grpc::InsecureChannelCredentials());
  DatasetClient client(channel, absl::Minutes(5));
  common::v1::DatasetSpec spec;
  static const int64_t before = PeakBytes();  // Of the first run: a peak never falls again.
  for (auto _ : state) {
    const auto dataset = client.Read(*TenantId::Parse("acme"), spec, StopToken(), [](int64_t, double) {});
    if (!dataset.ok() || dataset->rows() != Rows()) state.SkipWithError("the dataset did not come");
  }
  state.SetItemsProcessed(state.iterations() * Rows());
  state.counters["memory_ratio"] =
      static_cast<double>(PeakBytes() - before) / static_cast<double>(Rows() * kColumns * sizeof(float));
  server->Shutdown();
}
BENCHMARK(ReadyFeaturesToTrainerMemory)->UseRealTime()->Unit(::benchmark::kMillisecond);

}  // namespace
}  // namespace clientele::training

BENCHMARK_MAIN();
