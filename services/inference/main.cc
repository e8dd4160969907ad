// clientele-inference: keeps model versions and scores customers with them.
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>

#include "absl/functional/bind_front.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/status_macros.h"
#include "common/config/settings.h"
#include "common/observability/log.h"
#include "common/observability/metrics.h"
#include "common/rpc/backup_service.h"
#include "common/rpc/channel.h"
#include "common/rpc/options.h"
#include "common/rpc/server.h"
#include "common/storage/rocksdb/database_set.h"
#include "common/storage/rocksdb/followed_erasures.h"
#include "common/storage/rocksdb/score_log.h"
#include "common/storage/rocksdb/value_settings_store.h"
#include "common/storage/rocksdb/version_store.h"
#include "services/inference/customer_history_client.h"
#include "services/inference/erasure_client.h"
#include "services/inference/feature_client.h"
#include "services/inference/label_client.h"
#include "services/inference/model_service.h"
#include "services/inference/monitoring/score_monitor.h"
#include "services/inference/monitoring_service.h"
#include "services/inference/open_inference/open_inference.h"
#include "services/inference/open_inference_service.h"
#include "services/inference/portfolio_client.h"
#include "services/inference/privacy/erasure_follower.h"
#include "services/inference/registry/registry.h"
#include "services/inference/scoring/feature_cache.h"
#include "services/inference/scoring/scoring_engine.h"
#include "services/inference/scoring_service.h"
#include "services/inference/value_service.h"

namespace clientele::inference {
namespace {

constexpr char kProgram[] = "clientele-inference";

absl::Status Run(int argc, char** argv) {
  rpc::ServerOptions server_options;
  server_options.program = kProgram;
  server_options.address = "127.0.0.1:7403";
  server_options.metrics_address = "127.0.0.1:7413";
  server_options.starts_ready = false;  // Until models are loaded.
  rpc::ChannelOptions ingestion_options;
  ingestion_options.address = "127.0.0.1:7401";
  observability::LogOptions log_options;
  log_options.program = kProgram;
  std::string data_directory = ".clientele/inference";
  absl::Duration ingestion_timeout = absl::Seconds(5), portfolio_timeout = absl::Minutes(10);
  int64_t threads = 64, queue = 256, streams = 256;
  absl::Duration freshness = absl::ZeroDuration();
  int64_t cached_customers = 100'000;
  MonitorOptions monitor_options;
  FollowerOptions follower_options;

  config::Settings settings(kProgram, "Keeps model versions and scores customers with them, with reasons.");
  settings.Add("data.directory", &data_directory, "Where versions, aliases and their journal are kept.");
  settings.Add("scoring.threads", &threads, "How many calls may score batches or read models at once.");
  settings.Add("scoring.queue", &queue,
               "How many more calls may wait: for one of those, or for a customer's features; others are told at once to come again.");
  settings.Add("scoring.feature_freshness", &freshness,
               "How old a customer's features may be and serve again without asking ingestion; 0: it is always asked.");
  settings.Add("scoring.feature_cache_customers", &cached_customers, "Of how many customers features are kept for that.");
  settings.Add("scoring.streams", &streams, "How many streams, of scores or artifacts, may be open at once.");
  settings.Add("ingestion.timeout", &ingestion_timeout, "How long features of customers are waited for.");
  settings.Add("portfolio.timeout", &portfolio_timeout, "How long a portfolio's value may take.");
  settings.Add("monitoring.share", &monitor_options.share, "Of the customers, whose scores are logged, 0 to 1.");
  settings.Add("monitoring.days", &monitor_options.days, "So many days scores and counts are kept.");
  settings.Add("monitoring.queue_rows", &monitor_options.queue_rows,
               "So many rows may wait to be logged, and again for the shadow; what is more is dropped and counted.");
  settings.Add("privacy.model_period", &follower_options.model_period,
               "How long a version that had learnt from an erased customer may go on before it is due.");
  rpc::BackupOptions backup_options;
  rpc::AddBackupOptions(settings, backup_options);
  rpc::AddServerOptions(settings, server_options);
  rpc::AddChannelOptions(settings, "ingestion", ingestion_options);
  rpc::AddLogOptions(settings, log_options);
  CLIENTELE_ASSIGN_OR_RETURN(const config::Outcome outcome, settings.Parse(argc, argv));
  if (outcome == config::Outcome::kExit) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(CheckOptions(monitor_options));
  CLIENTELE_RETURN_IF_ERROR(observability::InitLogging(log_options));

  const SystemClock clock;
  observability::Metrics metrics;
  storage::DatabaseSet databases;
  CLIENTELE_ASSIGN_OR_RETURN(const auto store, storage::RocksVersionStore::Open(data_directory, {.set = &databases}));
  LifecycleMetrics lifecycle_metrics(metrics);
  CLIENTELE_ASSIGN_OR_RETURN(const auto registry, Registry::Open(*store, clock, &lifecycle_metrics));
  CLIENTELE_ASSIGN_OR_RETURN(const auto channel, rpc::MakeChannel(ingestion_options));
  FeatureClient features(channel, ingestion_timeout, static_cast<int>(threads + queue), metrics);
  ScoreMetrics score_metrics(metrics);
  CustomerHistoryClient history(channel, ingestion_timeout);
  PortfolioClient portfolios(channel, portfolio_timeout);
  TierBook tiers;
  CLIENTELE_ASSIGN_OR_RETURN(const auto value_store,
                             storage::OpenRocksValueSettingsStore(data_directory + "/value_settings",
                                                                  {.set = &databases}));
  CLIENTELE_ASSIGN_OR_RETURN(const auto value_settings, ValueSettingsBook::Open(*value_store, clock, tiers));
  const ValueEngine value_engine(*value_settings, history, portfolios);
  FeatureSource* feature_source = &features;
  std::optional<FeatureCache> cache;
  if (freshness > absl::ZeroDuration()) {
    feature_source = &cache.emplace(features, freshness, cached_customers, clock, metrics);
  }
  CLIENTELE_ASSIGN_OR_RETURN(const auto score_log,
                             storage::OpenRocksScoreLog(data_directory + "/score_log", {.set = &databases}));
  Suppressions suppressions;
  ShadowScorer shadow(*registry, *feature_source, *score_log, monitor_options, &suppressions);
  ScoreMonitor monitor(*score_log, shadow, clock, metrics, monitor_options, &suppressions);
  LabelClient labels(channel, ingestion_timeout);
  const Reports reports(*registry, *score_log, shadow, labels, clock);
  CLIENTELE_ASSIGN_OR_RETURN(const auto followed,
                             storage::OpenRocksFollowedErasures(data_directory + "/privacy", {.set = &databases}));
  ErasureClient erasures(channel, ingestion_timeout);
  CLIENTELE_ASSIGN_OR_RETURN(
      const auto follower,
      ErasureFollower::Start({erasures, *followed, suppressions, *score_log, monitor, cache ? &*cache : nullptr, *registry,
                              clock, metrics},
                             follower_options));
  const ScoringEngine engine(*registry, *feature_source, tiers, score_metrics, &monitor, &suppressions);
  const Trends trends(*registry, history);
  const ScoreChangeExplainer changes(*registry, history);
  // A stream holds its thread while it is open, so that streams have threads of their own: they cannot starve the rest.
  Executor calls(static_cast<int>(threads), static_cast<int>(queue));
  Executor open_streams(static_cast<int>(streams), /*max_queued=*/16);
  ModelService models(*registry, calls, open_streams);
  ScoringService scoring(engine, trends, changes, calls, open_streams);
  ValueService values(*value_settings, value_engine, calls);
  MonitoringService monitoring(reports, calls);
  const OpenInference protocol(*registry, score_metrics);
  OpenInferenceService open_inference(protocol, calls);
  rpc::BackupService backups(backup_options,
                             {.program = kProgram,
                              .data_directory = data_directory,
                              .fixed_paths = {"artifacts/tenants"},
                              .copy_databases = absl::bind_front(&storage::DatabaseSet::Copy, &databases)},
                             clock);
  CLIENTELE_ASSIGN_OR_RETURN(
      const auto server,
      rpc::Server::Start(server_options, {&models, &scoring, &values, &monitoring, &open_inference, &backups}, metrics));
  // Who asks for a version meanwhile is told that it is being loaded.
  registry->AwaitNamed();
  const int64_t failed = registry->Count(v1::ModelVersion::STATE_FAILED);
  observability::Log(failed == 0 ? observability::LogLevel::kInfo : observability::LogLevel::kWarn,
                     "versions that aliases name are loaded",
                     {{"available", registry->Count(v1::ModelVersion::STATE_AVAILABLE)},
                      {"loading", registry->Count(v1::ModelVersion::STATE_LOADING)},
                      {"failed", failed}});
  open_inference.Ready();
  server->Ready();
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
