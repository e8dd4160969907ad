// clientele-inference: keeps model versions and scores customers with them.
#include <cstdint>
#include <iostream>
#include <string>

#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/status_macros.h"
#include "common/config/settings.h"
#include "common/observability/log.h"
#include "common/observability/metrics.h"
#include "common/rpc/channel.h"
#include "common/rpc/options.h"
#include "common/rpc/server.h"
#include "common/storage/rocksdb/version_store.h"
#include "services/inference/feature_client.h"
#include "services/inference/model_service.h"
#include "services/inference/registry/registry.h"
#include "services/inference/scoring/scoring_engine.h"
#include "services/inference/scoring_service.h"

namespace clientele::inference {
namespace {

constexpr char kProgram[] = "clientele-inference";

absl::Status Run(int argc, char** argv) {
  rpc::ServerOptions server_options;
  server_options.program = kProgram;
  server_options.address = "127.0.0.1:7403";
  server_options.metrics_address = "127.0.0.1:7413";
  rpc::ChannelOptions ingestion_options;
  ingestion_options.address = "127.0.0.1:7401";
  observability::LogOptions log_options;
  log_options.program = kProgram;
  std::string data_directory = ".clientele/inference";
  absl::Duration ingestion_timeout = absl::Seconds(5);
  int64_t threads = 64, streams = 256;

  config::Settings settings(kProgram, "Keeps model versions and scores customers with them, with reasons.");
  settings.Add("data.directory", &data_directory, "Where versions, aliases and their journal are kept.");
  settings.Add("scoring.threads", &threads, "How many calls may wait for features or score batches at once.");
  settings.Add("scoring.streams", &streams, "How many streams, of scores or artifacts, may be open at once.");
  settings.Add("ingestion.timeout", &ingestion_timeout, "How long features of customers are waited for.");
  rpc::AddServerOptions(settings, server_options);
  rpc::AddChannelOptions(settings, "ingestion", ingestion_options);
  rpc::AddLogOptions(settings, log_options);
  CLIENTELE_ASSIGN_OR_RETURN(const config::Outcome outcome, settings.Parse(argc, argv));
  if (outcome == config::Outcome::kExit) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(observability::InitLogging(log_options));

  const SystemClock clock;
  observability::Metrics metrics;
  CLIENTELE_ASSIGN_OR_RETURN(const auto store, storage::RocksVersionStore::Open(data_directory));
  CLIENTELE_ASSIGN_OR_RETURN(const auto registry, Registry::Open(*store, clock));
  const VersionCounts counts = registry->Count();
  observability::Log(counts.failed == 0 ? observability::LogLevel::kInfo : observability::LogLevel::kWarn,
                     "model versions loaded", {{"available", counts.available}, {"failed", counts.failed}});
  CLIENTELE_ASSIGN_OR_RETURN(const auto channel, rpc::MakeChannel(ingestion_options));
  FeatureClient features(channel, ingestion_timeout, metrics);
  ScoreMetrics score_metrics(metrics);
  const ScoringEngine engine(*registry, features, score_metrics);
  // A stream holds its thread while it is open, so that streams have threads of their own: they cannot starve the rest.
  Executor calls(static_cast<int>(threads), /*max_queued=*/1024);
  Executor open_streams(static_cast<int>(streams), /*max_queued=*/16);
  ModelService models(*registry, calls, open_streams, metrics);
  ScoringService scoring(engine, calls, open_streams);
  CLIENTELE_ASSIGN_OR_RETURN(const auto server, rpc::Server::Start(server_options, {&models, &scoring}, metrics));
  return server->ServeUntilSignal();
}

}  // namespace
}  // namespace clientele::inference

int main(int argc, char** argv) {
  const absl::Status status = clientele::inference::Run(argc, argv);
  if (status.ok()) return 0;
  std::cerr << "clientele-inference: " << status.message() << "\n";
  return 1;
}
