#include "services/ingestion/key_vault.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/functional/bind_front.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/observability/log.h"
#include "common/storage/open.h"
#include "common/storage/rocksdb/customer_key_store.h"
#include "services/ingestion/keys/key_binding.h"

namespace clientele::ingestion {
namespace {

using observability::Log;
using observability::LogLevel;

std::string CopiesDirectory(const std::string& backup_directory) {
  return backup_directory.empty() ? "" : absl::StrCat(backup_directory, "/", kKeyCopiesProgram);
}

absl::StatusOr<privacy::MasterKeys> ReadMasterKeys(const privacy::MasterKeySource& source,
                                                   const std::string& data_directory, bool may_make) {
  const std::string& path = source.file();
  std::error_code error;
  if (!path.empty() && may_make && !std::filesystem::exists(path, error)) {
    CLIENTELE_RETURN_IF_ERROR(privacy::MasterKeys::Create(path));
    Log(LogLevel::kWarn, "made a master key: without it nothing personal can be read, so keep a copy of it apart",
        {{"file", path}});
  }
  if (absl::StartsWith(path, data_directory + "/")) {
    Log(LogLevel::kWarn, "the master key lies beside what it seals: set privacy.master_key_file", {{"file", path}});
  }
  return source.Read();
}

absl::StatusOr<bool> HasRecords(const storage::RecordStore& records, const TenantId& tenant) {
  CLIENTELE_ASSIGN_OR_RETURN(const v1::IngestionReport report, records.GetReport(tenant));
  return report.accepted_count() > 0;
}

}  // namespace

KeyVault::KeyVault(const ServiceSettings& settings, privacy::MasterKeySource master, const Clock& clock)
    : master_(std::move(master)),
      copies_(
          settings.keys_url.empty() ? CopiesDirectory(settings.backup.directory) : "",
          [this, keys = KeyDirectory(settings.data_directory)](const std::string& target) {
            return databases_.Copy(keys, target);
          },
          clock) {}

absl::StatusOr<std::unique_ptr<KeyVault>> KeyVault::Open(const ServiceSettings& settings,
                                                         privacy::MasterKeySource master_source,
                                                         const storage::RecordStore& records, const Clock& clock) {
  const std::string& data = settings.data_directory;
  std::unique_ptr<KeyVault> vault(new KeyVault(settings, std::move(master_source), clock));
  if (settings.keys_url.empty()) {
    CLIENTELE_RETURN_IF_ERROR(CheckKeysAreThere(data));
    CLIENTELE_ASSIGN_OR_RETURN(vault->store_,
                               storage::OpenRocksCustomerKeyStore(KeyDirectory(data), {.set = &vault->databases_}));
    CLIENTELE_RETURN_IF_ERROR(BindKeys(data, vault->store_->id()));
  } else {
    storage::StorageOptions options = settings.storage;
    options.url = settings.keys_url;
    CLIENTELE_ASSIGN_OR_RETURN(vault->store_, storage::OpenSharedCustomerKeys(options));
  }
  CLIENTELE_ASSIGN_OR_RETURN(const auto tenants, vault->store_->ListTenants());
  CLIENTELE_ASSIGN_OR_RETURN(privacy::MasterKeys master,
                             ReadMasterKeys(vault->master_, data, /*may_make=*/tenants.empty()));
  CLIENTELE_ASSIGN_OR_RETURN(
      vault->keys_, CustomerKeys::Open(*vault->store_, std::move(master), clock,
                                       [&records](const TenantId& tenant) { return HasRecords(records, tenant); },
                                       {.renew_copies = absl::bind_front(&KeyCopies::Renew, &vault->copies_)}));
  vault->rotation_ = std::make_unique<KeyRotation>(*vault->keys_);
  return vault;
}

}  // namespace clientele::ingestion
