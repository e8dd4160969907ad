// clientele-ingestion: takes customer records in and keeps them; computes features from them.
#include <cstdint>
#include <iostream>
#include <string>

#include "absl/functional/bind_front.h"
#include "absl/strings/str_split.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/status_macros.h"
#include "common/config/settings.h"
#include "common/observability/log.h"
#include "common/observability/metrics.h"
#include "common/privacy/receipt.h"
#include "common/rpc/backup_service.h"
#include "common/rpc/options.h"
#include "common/rpc/server.h"
#include "common/storage/rocksdb/database_set.h"
#include "common/storage/rocksdb/record_store.h"
#include "google/protobuf/stubs/logging.h"
#include "services/ingestion/customer_service.h"
#include "services/ingestion/feature_service.h"
#include "services/ingestion/ingestion_service.h"
#include "services/ingestion/privacy/erasures.h"
#include "services/ingestion/privacy_service.h"
#include "services/ingestion/settings_service.h"

namespace clientele::ingestion {
namespace {

constexpr char kProgram[] = "clientele-ingestion";

absl::Status Run(int argc, char** argv) {
  rpc::ServerOptions server_options;
  server_options.program = kProgram;
  server_options.address = "127.0.0.1:7401";
  server_options.metrics_address = "127.0.0.1:7411";
  observability::LogOptions log_options;
  log_options.program = kProgram;
  std::string data_directory = ".clientele/ingestion";
  int64_t threads = 64, streams = 256, dataset_threads = 0;
  std::string signing_key_file, reporters = "inference";

  config::Settings settings(kProgram,
                            "Takes customer records in, exactly once and durable; computes features from them.");
  settings.Add("data.directory", &data_directory, "Where the records are kept.");
  settings.Add("calls.threads", &threads, "How many calls may read or write at once.");
  settings.Add("calls.streams", &streams, "How many streams, of records or datasets, may be open at once.");
  settings.Add("dataset.threads", &dataset_threads, "How many threads read one dataset; 0 is one for each core.");
  settings.Add("privacy.signing_key_file", &signing_key_file,
               "PEM Ed25519 key that signs receipts of erasures; made where it is absent. "
               "Default: receipt_key.pem in the data directory.");
  settings.Add("privacy.reporters", &reporters,
               "Programs, with commas between, that must report before an erasure is complete.");
  rpc::BackupOptions backup_options;
  rpc::AddBackupOptions(settings, backup_options);
  rpc::AddServerOptions(settings, server_options);
  rpc::AddLogOptions(settings, log_options);
  CLIENTELE_ASSIGN_OR_RETURN(const config::Outcome outcome, settings.Parse(argc, argv));
  if (outcome == config::Outcome::kExit) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(observability::InitLogging(log_options));
  google::protobuf::SetLogHandler(nullptr);  // A text that is not UTF-8 is answered; it must not fill the log.

  const SystemClock clock;
  observability::Metrics metrics;
  storage::DatabaseSet databases;
  CLIENTELE_ASSIGN_OR_RETURN(const auto store, storage::RocksRecordStore::Open(data_directory, {.set = &databases}));
  if (signing_key_file.empty()) signing_key_file = data_directory + "/receipt_key.pem";
  CLIENTELE_ASSIGN_OR_RETURN(const auto receipt_key, privacy::ReceiptKey::OpenOrCreate(signing_key_file));
  TenantContexts contexts(*store);
  Ingester ingester(*store, contexts, clock, metrics);
  // A stream holds its thread while it is open, so that streams have threads of their own: they cannot starve the rest.
  Executor calls(static_cast<int>(threads), /*max_queued=*/1024);
  Executor open_streams(static_cast<int>(streams), /*max_queued=*/16);
  IngestionService ingestion(ingester, *store, calls, open_streams);
  CustomerService customers(*store, contexts, calls);
  SettingsService tenant_settings(contexts, calls);
  FeatureService customer_features(*store, *store, contexts, clock, calls, open_streams,
                                   static_cast<int>(dataset_threads));
  Erasures erasures(*store, *store, clock, metrics, absl::StrSplit(reporters, ',', absl::SkipEmpty()));
  PrivacyService privacy_service(erasures, *store, *store, contexts, receipt_key, clock, calls, open_streams);
  rpc::BackupService backups(backup_options,
                             {.program = kProgram,
                              .data_directory = data_directory,
                              .fixed_paths = {"receipt_key.pem"},
                              .copy_databases = absl::bind_front(&storage::DatabaseSet::Copy, &databases)},
                             clock);
  CLIENTELE_ASSIGN_OR_RETURN(const auto server, rpc::Server::Start(server_options,
                                                                   {&ingestion, &customers, &tenant_settings,
                                                                    &customer_features, &privacy_service, &backups},
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
