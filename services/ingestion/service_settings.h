// What can be set about clientele-ingestion: keys, flags, their defaults and their limits.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/audit/retention.h"
#include "common/config/settings.h"
#include "common/observability/log.h"
#include "common/rpc/backup_service.h"
#include "common/rpc/server.h"
#include "common/storage/options.h"

namespace clientele::ingestion {

struct ServiceSettings {
  rpc::ServerOptions server;
  observability::LogOptions log;
  audit::RetentionOptions audit;
  rpc::BackupOptions backup;
  storage::StorageOptions storage;
  std::string keys_url;          // Empty: customers' keys are in the data directory.
  std::string data_directory = ".clientele/ingestion";
  int64_t threads = 64;
  int64_t streams = 256;
  int64_t dataset_threads = 0;   // 0: one for each core.
  std::string signing_key_file;  // After reading: never empty.
  std::string master_key_file;   // As this, unless a variable is set.
  std::string master_key_variable;
  std::string reporters = "inference";
};

// Fills `settings` from the command line and the file it names. INVALID_ARGUMENT names the setting that is wrong.
absl::StatusOr<config::Outcome> ReadSettings(int argc, const char* const* argv, ServiceSettings& settings);

}  // namespace clientele::ingestion
