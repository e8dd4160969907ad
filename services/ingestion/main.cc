// clientele-ingestion: takes customer records in and keeps them; computes features from them.
#include <iostream>
#include <string>
#include <utility>

#include "absl/strings/str_split.h"
#include "common/audit/audit_log.h"
#include "common/audit/retention.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/status_macros.h"
#include "common/observability/log.h"
#include "common/observability/metrics.h"
#include "common/privacy/master_key_source.h"
#include "common/privacy/receipt.h"
#include "common/records/record_columns.h"
#include "common/rpc/backup_service.h"
#include "common/rpc/server.h"
#include "common/storage/memory_metrics.h"
#include "common/storage/open.h"
#include "common/storage/rocksdb/audit_store.h"
#include "common/storage/rocksdb/database_set.h"
#include "google/protobuf/stubs/logging.h"
#include "services/ingestion/consent_service.h"
#include "services/ingestion/customer_service.h"
#include "services/ingestion/encryption_service.h"
#include "services/ingestion/feature_service.h"
#include "services/ingestion/ingestion_service.h"
#include "services/ingestion/key_vault.h"
#include "services/ingestion/keys/key_binding.h"
#include "services/ingestion/privacy/consents.h"
#include "services/ingestion/privacy/erasures.h"
#include "services/ingestion/privacy_service.h"
#include "services/ingestion/records/standing.h"
#include "services/ingestion/retention/retention.h"
#include "services/ingestion/retention_service.h"
#include "services/ingestion/service_settings.h"
#include "services/ingestion/settings_service.h"

namespace clientele::ingestion {
namespace {

absl::Status Run(int argc, char** argv) {
  ServiceSettings settings;
  CLIENTELE_ASSIGN_OR_RETURN(const config::Outcome outcome, ReadSettings(argc, argv, settings));
  if (outcome == config::Outcome::kExit) return absl::OkStatus();
  auto master_source = privacy::MasterKeySource::OfFile(settings.master_key_file);
  if (!settings.master_key_variable.empty()) {  // Here, where there is no other thread yet.
    CLIENTELE_ASSIGN_OR_RETURN(master_source, privacy::MasterKeySource::TakeVariable(settings.master_key_variable));
  }
  CLIENTELE_RETURN_IF_ERROR(observability::InitLogging(settings.log));
  google::protobuf::SetLogHandler(nullptr);  // A text that is not UTF-8 is answered; it must not fill the log.

  const SystemClock clock;
  observability::Metrics metrics;
  storage::DatabaseSet databases;
  storage::AddMemoryMetrics(databases, metrics);
  const std::string& directory = settings.data_directory;
  CLIENTELE_ASSIGN_OR_RETURN(const auto places, storage::Places::Open(settings.storage, directory, databases));
  CLIENTELE_ASSIGN_OR_RETURN(const auto store, places->OpenRecords(&records::ColumnsOf));
  CLIENTELE_ASSIGN_OR_RETURN(const auto consent_store, places->OpenConsents());
  CLIENTELE_ASSIGN_OR_RETURN(const auto receipt_key, privacy::ReceiptKey::OpenOrCreate(settings.signing_key_file));
  CLIENTELE_ASSIGN_OR_RETURN(
      const auto meter, quota::Meter::Open(settings.server.quota, clock, metrics,
                                           [&](absl::string_view tenant) { return StandingOf(*store, tenant); }));
  settings.server.meter = meter.get();
  CLIENTELE_ASSIGN_OR_RETURN(const auto vault, KeyVault::Open(settings, std::move(master_source), *store, clock));
  CustomerKeys& keys = vault->keys();
  CLIENTELE_RETURN_IF_ERROR(store->BindKeys(keys.store().id()));
  TenantContexts contexts(*store);
  Ingester ingester(*store, contexts, keys, clock, metrics, meter.get());
  // A stream holds its thread while it is open, so that streams have threads of their own: they cannot starve the rest.
  Executor calls(static_cast<int>(settings.threads), /*max_queued=*/1024);
  Executor open_streams(static_cast<int>(settings.streams), /*max_queued=*/16);
  IngestionService ingestion(ingester, *store, keys, calls, open_streams);
  CustomerService customers(*store, contexts, keys, calls);
  EncryptionService encryption(keys, vault->rotation(), *store, vault->master(), calls, open_streams);
  SettingsService tenant_settings(contexts, calls);
  FeatureService customer_features(*store, *store, *consent_store, contexts, clock, calls, open_streams,
                                   static_cast<int>(settings.dataset_threads));
  Erasures erasures(*store, *store, *consent_store, keys, clock, metrics,
                    absl::StrSplit(settings.reporters, ',', absl::SkipEmpty()));
  PrivacyService privacy_service(erasures, *store, *store, *consent_store, contexts, keys, receipt_key, clock, calls,
                                 open_streams);
  CLIENTELE_ASSIGN_OR_RETURN(const auto audit_store,
                             storage::OpenRocksAuditStore(directory + "/audit", {.set = &databases}));
  CLIENTELE_ASSIGN_OR_RETURN(const auto audit_log,
                             audit::AuditLog::Open(*audit_store, settings.server.program, clock, metrics));
  settings.server.audit_log = audit_log.get();
  CLIENTELE_ASSIGN_OR_RETURN(const auto audit_retention,
                             audit::Retention::Start(*audit_store, *audit_log, settings.audit, clock));
  Consents consents(*consent_store, clock);
  ConsentService consent_service(consents, *consent_store, calls, open_streams);
  Retention retention(*store, contexts, keys, clock, metrics);
  RetentionService retention_service(retention, calls);
  rpc::BackupService backups(
      settings.backup,
      {.program = settings.server.program,
       .data_directory = directory,
       .fixed_paths = {"receipt_key.pem", audit::kSigningKeyFile, kKeyStoreIdFile},
       .copy_databases = [&](const std::string& data, const std::string& target) -> absl::Status {
         CLIENTELE_RETURN_IF_ERROR(databases.Copy(data, target));
         return vault->copies().Make();  // Last, so that it opens all of what was copied.
       }},
      clock);
  CLIENTELE_ASSIGN_OR_RETURN(const auto server, rpc::Server::Start(settings.server,
                                                                   {&ingestion, &customers, &tenant_settings,
                                                                    &customer_features, &privacy_service,
                                                                    &consent_service, &encryption, &retention_service,
                                                                    &backups},
                                                                   metrics));
  return server->ServeUntilSignal();
}

}  // namespace
}  // namespace clientele::ingestion

int main(int argc, char** argv) {
  const absl::Status status = clientele::ingestion::Run(argc, argv);
  if (status.ok()) return 0;
  std::cerr << "clientele-ingestion: " << status.message() << "\n";
  return 1;
}
