// clientele-inference: keeps model versions and scores customers with them.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/bind_front.h"
#include "common/audit/audit_log.h"
#include "common/audit/retention.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/status_macros.h"
#include "common/observability/log.h"
#include "common/observability/metrics.h"
#include "common/rpc/backup_service.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/storage/memory_metrics.h"
#include "common/storage/open.h"
#include "common/storage/rocksdb/audit_store.h"
#include "common/storage/rocksdb/database_set.h"
#include "common/storage/rocksdb/followed_consents.h"
#include "common/storage/rocksdb/followed_erasures.h"
#include "services/inference/consent_client.h"
#include "services/inference/current_score_service.h"
#include "services/inference/customer_history_client.h"
#include "services/inference/due_version_service.h"
#include "services/inference/erasure_client.h"
#include "services/inference/feature_client.h"
#include "services/inference/label_client.h"
#include "services/inference/model_service.h"
#include "services/inference/monitoring/score_monitor.h"
#include "services/inference/monitoring_service.h"
#include "services/inference/open_inference/open_inference.h"
#include "services/inference/open_inference_service.h"
#include "services/inference/override_service.h"
#include "services/inference/overrides/override_book.h"
#include "services/inference/portfolio_client.h"
#include "services/inference/privacy/consent_follower.h"
#include "services/inference/privacy/erasure_follower.h"
#include "services/inference/privacy/scoring_guard.h"
#include "services/inference/privacy/version_retirer.h"
#include "services/inference/quality_service.h"
#include "services/inference/registry/holdings.h"
#include "services/inference/registry/registry.h"
#include "services/inference/rescore_service.h"
#include "services/inference/rescoring/current_scores.h"
#include "services/inference/rescoring/rescorer.h"
#include "services/inference/scoring/feature_cache.h"
#include "services/inference/scoring/joined_fetches.h"
#include "services/inference/scoring/scoring_engine.h"
#include "services/inference/scoring_service.h"
#include "services/inference/service_settings.h"
#include "services/inference/settings_client.h"
#include "services/inference/shared_changes.h"
#include "services/inference/value_service.h"

namespace clientele::inference {
namespace {

absl::Status Run(int argc, char** argv) {
  ServiceSettings settings;
  CLIENTELE_ASSIGN_OR_RETURN(const config::Outcome outcome, ReadSettings(argc, argv, settings));
  if (outcome == config::Outcome::kExit) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(observability::InitLogging(settings.log));

  const SystemClock clock;
  observability::Metrics metrics;
  storage::DatabaseSet databases;
  storage::AddMemoryMetrics(databases, metrics);
  const std::string& directory = settings.data_directory;
  CLIENTELE_ASSIGN_OR_RETURN(const auto places, storage::Places::Open(settings.storage, directory, databases));
  CLIENTELE_ASSIGN_OR_RETURN(const auto store, places->OpenVersions());
  LifecycleMetrics lifecycle_metrics(metrics);
  CLIENTELE_ASSIGN_OR_RETURN(const auto registry, Registry::Open(*store, clock, &lifecycle_metrics));
  CLIENTELE_ASSIGN_OR_RETURN(const auto meter,
                             quota::Meter::Open(settings.server.quota, clock, metrics, [&](absl::string_view tenant) {
                               return StandingOf(*registry->Get(), tenant);
                             }));
  registry->HoldTo(*meter);
  settings.server.meter = meter.get();
  CLIENTELE_ASSIGN_OR_RETURN(const auto channel, rpc::MakeChannel(settings.ingestion));
  const int threads = static_cast<int>(settings.threads), queue = static_cast<int>(settings.queue);
  FeatureClient features(channel, settings.ingestion_timeout, threads + queue, metrics);
  ScoreMetrics score_metrics(metrics);
  CustomerHistoryClient history(channel, settings.ingestion_timeout);
  PortfolioClient portfolios(channel, settings.portfolio_timeout);
  TierBook tiers;
  CLIENTELE_ASSIGN_OR_RETURN(const auto value_store, places->OpenValueSettings());
  CLIENTELE_ASSIGN_OR_RETURN(const auto value_settings, ValueSettingsBook::Open(*value_store, clock, tiers));
  Suppressions suppressions;
  privacy::OptOuts opt_outs;
  const ScoringGuard guard(suppressions, opt_outs);
  const ValueEngine value_engine(*value_settings, history, portfolios, &guard);
  JoinedFetches joined(features, /*at_once=*/std::max(2u, std::thread::hardware_concurrency()), threads + queue);
  FeatureSource* feature_source = &joined;
  std::optional<FeatureCache> cache;
  if (settings.feature_freshness > absl::ZeroDuration()) {
    feature_source = &cache.emplace(joined, settings.feature_freshness, settings.cached_customers, clock, metrics);
  }
  CLIENTELE_ASSIGN_OR_RETURN(const auto score_log, places->OpenScoreLog());
  ShadowScorer shadow(*registry, *feature_source, *score_log, settings.monitor, &suppressions);
  ScoreMonitor monitor(*score_log, shadow, clock, metrics, settings.monitor, &suppressions);
  LabelClient labels(channel, settings.ingestion_timeout);
  const Reports reports(*registry, *score_log, shadow, labels, clock);
  // How far this program has come is its own to know, also where what it serves is shared.
  CLIENTELE_ASSIGN_OR_RETURN(const auto followed,
                             storage::OpenRocksFollowedErasures(directory + "/privacy", {.set = &databases}));
  CLIENTELE_ASSIGN_OR_RETURN(const auto override_store, places->OpenOverrides());
  CLIENTELE_ASSIGN_OR_RETURN(const auto overrides, OverrideBook::Open(*override_store, suppressions, clock));
  CLIENTELE_ASSIGN_OR_RETURN(const auto current_score_store, places->OpenCurrentScores());
  CurrentScores current_scores(*current_score_store, *registry, suppressions, guard, *overrides);
  std::optional<SharedChanges> shared_changes;
  if (places->are_shared()) {
    shared_changes.emplace(std::vector<SharedChanges::Look>{[&] { return value_settings->CatchUp(); },
                                                            [&] { return overrides->CatchUp(); }});
  }
  CLIENTELE_ASSIGN_OR_RETURN(const auto audit_store,
                             storage::OpenRocksAuditStore(directory + "/audit", {.set = &databases}));
  CLIENTELE_ASSIGN_OR_RETURN(const auto audit_log,
                             audit::AuditLog::Open(*audit_store, settings.server.program, clock, metrics));
  settings.server.audit_log = audit_log.get();
  CLIENTELE_ASSIGN_OR_RETURN(const auto audit_retention,
                             audit::Retention::Start(*audit_store, *audit_log, settings.audit, clock));
  VersionRetirer retirer(*followed, *registry, audit_log.get(), clock, metrics);
  ErasureClient erasures(channel, settings.ingestion_timeout);
  CLIENTELE_ASSIGN_OR_RETURN(const auto follower,
                             ErasureFollower::Start({erasures, *followed, suppressions, *score_log, monitor,
                                                     cache ? &*cache : nullptr, *overrides, current_scores, *registry,
                                                     clock, metrics,
                                                     settings.due_versions == kRetireDue ? &retirer : nullptr},
                                                    settings.follower));
  CLIENTELE_ASSIGN_OR_RETURN(const auto followed_consents,
                             storage::OpenRocksFollowedConsents(directory + "/consents", {.set = &databases}));
  ConsentClient consents(channel);
  CLIENTELE_ASSIGN_OR_RETURN(const auto consent_follower,
                             ConsentFollower::Start({consents, *followed_consents, opt_outs, metrics}));
  const ScoringEngine engine(*registry, *feature_source, tiers, score_metrics, &monitor, &guard, overrides.get());
  const Trends trends(*registry, history);
  const ScoreChangeExplainer changes(*registry, history, &guard);
  CLIENTELE_ASSIGN_OR_RETURN(const auto rescore_store, places->OpenRescoring());
  RescoreBook rescore_book(*rescore_store, *registry, clock);
  RescorePass rescore_pass(portfolios, *registry, tiers, score_metrics, guard, current_scores, clock);
  Rescorer rescorer({*rescore_store, rescore_book, rescore_pass, current_scores, *registry, clock, metrics},
                    {WorkerId(), /*is_alone=*/!places->are_shared()}, settings.rescoring_share);
  // Streams have threads of their own, so that they cannot starve the rest. Those of artifacts and changes hold one
  // each while they are open, those of scores while they wait for features.
  Executor calls(threads, queue);
  Executor open_streams(static_cast<int>(settings.streams), /*max_queued=*/16);
  rpc::StreamPlaces score_streams(static_cast<int>(settings.streams));
  ModelService models(*registry, calls, open_streams);
  ScoringService scoring(engine, trends, changes, calls, score_streams);
  ValueService values(*value_settings, value_engine, calls);
  MonitoringService monitoring(reports, calls);
  SettingsClient tenant_settings(channel, settings.ingestion_timeout);
  const QualityReports quality_reports(*registry, reports, tenant_settings, clock);
  QualityService quality(quality_reports, calls);
  CurrentScoreService current_score_service(current_scores, calls, open_streams);
  RescoreService rescore_service(rescore_book, calls, open_streams);
  OverrideService override_service(*overrides, *registry, calls);
  DueVersionService due_versions(*followed, calls);
  const OpenInference protocol(*registry, score_metrics, &monitor);
  OpenInferenceService open_inference(protocol, calls);
  rpc::BackupService backups(settings.backup,
                             {.program = settings.server.program,
                              .data_directory = directory,
                              .fixed_paths = {"artifacts/tenants", audit::kSigningKeyFile},
                              .copy_databases = absl::bind_front(&storage::DatabaseSet::Copy, &databases)},
                             clock);
  CLIENTELE_ASSIGN_OR_RETURN(
      const auto server,
      rpc::Server::Start(settings.server,
                         {&models, &scoring, &values, &monitoring, &quality, &override_service, &due_versions,
                          &current_score_service, &rescore_service, &open_inference, &backups},
                         metrics));
  // Who asks for a version meanwhile is told that it is being loaded.
  registry->AwaitNamed();
  const int64_t failed = registry->Count(v1::ModelVersion::STATE_FAILED);
  observability::Log(failed == 0 ? observability::LogLevel::kInfo : observability::LogLevel::kWarn,
                     "versions that aliases name are loaded",
                     {{"available", registry->Count(v1::ModelVersion::STATE_AVAILABLE)},
                      {"loading", registry->Count(v1::ModelVersion::STATE_LOADING)},
                      {"failed", failed}});
  open_inference.Ready();
  rescorer.Start();
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
