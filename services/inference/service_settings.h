// What can be set about clientele-inference: keys, flags, their defaults and their limits.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/audit/retention.h"
#include "common/config/settings.h"
#include "common/observability/log.h"
#include "common/rpc/backup_service.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/storage/options.h"
#include "services/inference/monitoring/score_monitor.h"
#include "services/inference/privacy/erasure_follower.h"

namespace clientele::inference {

// What becomes of versions whose time is over.
inline constexpr char kRetireDue[] = "retire", kKeepDue[] = "keep";

struct ServiceSettings {
  rpc::ServerOptions server;
  rpc::ChannelOptions ingestion;
  observability::LogOptions log;
  audit::RetentionOptions audit;
  rpc::BackupOptions backup;
  MonitorOptions monitor;
  FollowerOptions follower;
  std::string due_versions = kRetireDue;
  storage::StorageOptions storage;
  std::string data_directory = ".clientele/inference";
  absl::Duration ingestion_timeout = absl::Seconds(5);
  absl::Duration portfolio_timeout = absl::Minutes(10);
  double rescoring_share = 0.5;
  int64_t threads = 64;
  int64_t queue = 256;
  int64_t streams = 256;
  absl::Duration feature_freshness = absl::ZeroDuration();
  int64_t cached_customers = 100'000;
};

// Fills `settings` from the command line and the file it names. INVALID_ARGUMENT names the setting that is wrong.
absl::StatusOr<config::Outcome> ReadSettings(int argc, const char* const* argv, ServiceSettings& settings);

}  // namespace clientele::inference
