#include "common/storage/open.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/postgresql/consent_store.h"
#include "common/storage/postgresql/current_score_store.h"
#include "common/storage/postgresql/customer_key_store.h"
#include "common/storage/postgresql/database.h"
#include "common/storage/postgresql/job_store.h"
#include "common/storage/postgresql/leadership.h"
#include "common/storage/postgresql/move_guard.h"
#include "common/storage/postgresql/override_store.h"
#include "common/storage/postgresql/record_store.h"
#include "common/storage/postgresql/rescore_store.h"
#include "common/storage/postgresql/schedule_store.h"
#include "common/storage/postgresql/score_log.h"
#include "common/storage/postgresql/value_settings_store.h"
#include "common/storage/postgresql/version_store.h"
#include "common/storage/rocksdb/consent_store.h"
#include "common/storage/rocksdb/current_score_store.h"
#include "common/storage/rocksdb/job_store.h"
#include "common/storage/rocksdb/move_progress.h"
#include "common/storage/rocksdb/open_options.h"
#include "common/storage/rocksdb/override_store.h"
#include "common/storage/rocksdb/record_store.h"
#include "common/storage/rocksdb/rescore_store.h"
#include "common/storage/rocksdb/schedule_store.h"
#include "common/storage/rocksdb/score_log.h"
#include "common/storage/rocksdb/value_settings_store.h"
#include "common/storage/rocksdb/version_store.h"

namespace clientele::storage {
namespace {

absl::StatusOr<std::shared_ptr<const postgresql::Database>> OpenDatabase(const StorageOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(auto database,
                             postgresql::Database::Open({.url = options.url,
                                                         .connections = static_cast<int>(options.connections),
                                                         .timeout = options.timeout}));
  CLIENTELE_RETURN_IF_ERROR(postgresql::CheckNoMove(*database));
  return database;
}

class InDirectory final : public Places {
 public:
  InDirectory(std::string directory, DatabaseSet& databases)
      : directory_(std::move(directory)), options_{.set = &databases} {}

  bool are_shared() const override { return false; }
  std::unique_ptr<Leadership> MakeLeadership(const std::string&, absl::Duration) override {
    return std::make_unique<SoleLeadership>();
  }

  absl::StatusOr<std::unique_ptr<IngestionStore>> OpenRecords(DescribeRecord) override {
    return RocksRecordStore::Open(directory_, options_);
  }
  absl::StatusOr<std::unique_ptr<ConsentStore>> OpenConsents() override {
    return OpenRocksConsentStore(directory_ + "/consents", options_);
  }
  absl::StatusOr<std::unique_ptr<JobStore>> OpenJobs() override { return OpenRocksJobStore(directory_, options_); }
  absl::StatusOr<std::unique_ptr<VersionStore>> OpenVersions() override {
    return RocksVersionStore::Open(directory_, options_);
  }
  absl::StatusOr<std::unique_ptr<ValueSettingsStore>> OpenValueSettings() override {
    return OpenRocksValueSettingsStore(directory_ + "/value_settings", options_);
  }
  absl::StatusOr<std::unique_ptr<ScoreLog>> OpenScoreLog() override {
    return OpenRocksScoreLog(directory_ + "/score_log", options_);
  }
  absl::StatusOr<std::unique_ptr<OverrideStore>> OpenOverrides() override {
    return OpenRocksOverrideStore(directory_ + "/overrides", options_);
  }
  absl::StatusOr<std::unique_ptr<ScheduleStore>> OpenSchedules() override {
    return OpenRocksScheduleStore(directory_ + "/schedules", options_);
  }
  absl::StatusOr<std::unique_ptr<CurrentScoreStore>> OpenCurrentScores() override {
    return OpenRocksCurrentScoreStore(directory_ + "/current_scores", options_);
  }
  absl::StatusOr<std::unique_ptr<RescoreStore>> OpenRescoring() override {
    return OpenRocksRescoreStore(directory_ + "/rescoring", options_);
  }

 private:
  const std::string directory_;
  const OpenOptions options_;
};

class InPostgresql final : public Places {
 public:
  InPostgresql(std::string url, std::shared_ptr<const postgresql::Database> database)
      : url_(std::move(url)), database_(std::move(database)) {}

  bool are_shared() const override { return true; }
  std::unique_ptr<Leadership> MakeLeadership(const std::string& what, absl::Duration grace) override {
    return postgresql::MakeLeadership(url_, what, grace);
  }

  absl::StatusOr<std::unique_ptr<IngestionStore>> OpenRecords(DescribeRecord describe) override {
    return std::make_unique<postgresql::PostgresRecordStore>(database_, describe);
  }
  absl::StatusOr<std::unique_ptr<ConsentStore>> OpenConsents() override {
    return postgresql::OpenConsentStore(database_);
  }
  absl::StatusOr<std::unique_ptr<JobStore>> OpenJobs() override { return postgresql::MakeJobStore(database_); }
  absl::StatusOr<std::unique_ptr<VersionStore>> OpenVersions() override {
    return postgresql::PostgresVersionStore::Open(database_);
  }
  absl::StatusOr<std::unique_ptr<ValueSettingsStore>> OpenValueSettings() override {
    return postgresql::MakeValueSettingsStore(database_);
  }
  absl::StatusOr<std::unique_ptr<ScoreLog>> OpenScoreLog() override { return postgresql::OpenScoreLog(database_); }
  absl::StatusOr<std::unique_ptr<OverrideStore>> OpenOverrides() override {
    return postgresql::MakeOverrideStore(database_);
  }
  absl::StatusOr<std::unique_ptr<ScheduleStore>> OpenSchedules() override {
    return postgresql::MakeScheduleStore(database_);
  }
  absl::StatusOr<std::unique_ptr<CurrentScoreStore>> OpenCurrentScores() override {
    return postgresql::MakeCurrentScoreStore(database_);
  }
  absl::StatusOr<std::unique_ptr<RescoreStore>> OpenRescoring() override {
    return postgresql::MakeRescoreStore(database_);
  }

 private:
  const std::string url_;
  const std::shared_ptr<const postgresql::Database> database_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Places>> Places::Open(const StorageOptions& options, const std::string& directory,
                                                     DatabaseSet& databases) {
  if (options.url.empty()) {
    CLIENTELE_RETURN_IF_ERROR(CheckNoMove(directory));
    return std::make_unique<InDirectory>(directory, databases);
  }
  std::error_code error;  // For what stays a program's own.
  if (std::filesystem::create_directories(directory, error); error) {
    return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kStorageFailed,
                 absl::StrCat("the data directory ", directory, " cannot be made: ", error.message()));
  }
  CLIENTELE_ASSIGN_OR_RETURN(auto database, OpenDatabase(options));
  return std::make_unique<InPostgresql>(options.url, std::move(database));
}

absl::StatusOr<std::unique_ptr<CustomerKeyStore>> OpenSharedCustomerKeys(const StorageOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(auto database, OpenDatabase(options));
  return postgresql::OpenCustomerKeyStore(std::move(database));
}

}  // namespace clientele::storage
