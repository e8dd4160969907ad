// A program's stores, opened where its settings say: in PostgreSQL, or embedded in its data directory.
//
//   CLIENTELE_ASSIGN_OR_RETURN(const auto places, storage::Places::Open(settings.storage, directory, databases));
//   CLIENTELE_ASSIGN_OR_RETURN(const auto jobs, places->OpenJobs());
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/storage/consent_store.h"
#include "common/storage/current_score_store.h"
#include "common/storage/customer_key_store.h"
#include "common/storage/ingestion_store.h"
#include "common/storage/job_store.h"
#include "common/storage/leadership.h"
#include "common/storage/options.h"
#include "common/storage/override_store.h"
#include "common/storage/record_columns.h"
#include "common/storage/rescore_store.h"
#include "common/storage/schedule_store.h"
#include "common/storage/score_log.h"
#include "common/storage/value_settings_store.h"
#include "common/storage/version_store.h"

namespace clientele::storage {

class DatabaseSet;

// Thread-compatible. What it opens may outlive it, but not the set of databases.
class Places {
 public:
  // `databases` lists what is embedded. FAILED_PRECONDITION: see postgresql::Database::Open; or a move into this place
  // has not ended.
  static absl::StatusOr<std::unique_ptr<Places>> Open(const StorageOptions& options, const std::string& directory,
                                                      DatabaseSet& databases);
  virtual ~Places() = default;

  // Whether other programs may open the same stores.
  virtual bool are_shared() const = 0;
  // Of those programs, in `what`; see postgresql::MakeLeadership for `grace`. Where nobody else may open them, this one
  // leads.
  virtual std::unique_ptr<Leadership> MakeLeadership(const std::string& what, absl::Duration grace) = 0;

  virtual absl::StatusOr<std::unique_ptr<IngestionStore>> OpenRecords(DescribeRecord describe) = 0;
  virtual absl::StatusOr<std::unique_ptr<ConsentStore>> OpenConsents() = 0;
  virtual absl::StatusOr<std::unique_ptr<JobStore>> OpenJobs() = 0;
  virtual absl::StatusOr<std::unique_ptr<VersionStore>> OpenVersions() = 0;
  virtual absl::StatusOr<std::unique_ptr<ValueSettingsStore>> OpenValueSettings() = 0;
  virtual absl::StatusOr<std::unique_ptr<ScoreLog>> OpenScoreLog() = 0;
  virtual absl::StatusOr<std::unique_ptr<OverrideStore>> OpenOverrides() = 0;
  virtual absl::StatusOr<std::unique_ptr<ScheduleStore>> OpenSchedules() = 0;
  virtual absl::StatusOr<std::unique_ptr<CurrentScoreStore>> OpenCurrentScores() = 0;
  virtual absl::StatusOr<std::unique_ptr<RescoreStore>> OpenRescoring() = 0;
};

// Customers' keys, which lie apart from the records: in the database that `options` names. Errors as Places::Open.
absl::StatusOr<std::unique_ptr<CustomerKeyStore>> OpenSharedCustomerKeys(const StorageOptions& options);

}  // namespace clientele::storage
