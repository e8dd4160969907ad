#include "common/storage/rocksdb/record_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/storage/rocksdb/report_counters.h"

namespace clientele::storage {
namespace {

using common::v1::FeatureDefinition;
using ingestion::v1::IngestionReport;
using ingestion::v1::RejectedRecord;
using ingestion::v1::Settings;

absl::Status Damaged(absl::string_view what) {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed,
               absl::StrCat("a stored ", what, " is damaged"));
}

std::string SettingsKey(const TenantId& tenant) { return TenantPrefix(tenant) + 's'; }
std::string DefinitionPrefix(const TenantId& tenant) { return TenantPrefix(tenant) + 'f'; }

}  // namespace

absl::StatusOr<std::unique_ptr<RocksRecordStore>> RocksRecordStore::Open(const std::string& directory,
                                                                          const OpenOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(directory, RecordFamilies(), options));
  std::unique_ptr<RocksRecordStore> store(new RocksRecordStore(std::move(database)));
  CLIENTELE_RETURN_IF_ERROR(store->LoadErasures());
  CLIENTELE_RETURN_IF_ERROR(store->CountVolumes());
  return store;
}

absl::Status RocksRecordStore::ListRejected(
    const TenantId& tenant, absl::string_view position,
    absl::FunctionRef<bool(const RejectedRecord&, absl::string_view)> visit) const {
  const std::string prefix = TenantPrefix(tenant);
  const std::string end = position.empty() ? PrefixEnd(prefix) : absl::StrCat(prefix, position);
  const rocksdb::Slice lower = ToSlice(prefix), upper = ToSlice(end);
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &lower;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> it(database_->db().NewIterator(options, family(kQuarantine)));
  RejectedRecord record;
  for (it->SeekToLast(); it->Valid(); it->Prev()) {
    const absl::string_view suffix = ToView(it->key()).substr(prefix.size());
    absl::string_view rest = suffix;
    uint64_t sequence = 0;
    if (!ReadUnsigned64(rest, sequence) ||
        !record.ParseFromArray(it->value().data(), static_cast<int>(it->value().size()))) {
      return Damaged("rejected record");
    }
    record.set_name(absl::StrCat(FormatTenant(tenant), "/rejectedRecords/", sequence));
    if (!visit(record, suffix)) return absl::OkStatus();
  }
  return FromRocks(it->status());
}

absl::StatusOr<IngestionReport> RocksRecordStore::GetReport(const TenantId& tenant) const {
  IngestionReport report;
  report.set_name(absl::StrCat(FormatTenant(tenant), "/ingestionReport"));
  bool intact = true;
  CLIENTELE_RETURN_IF_ERROR(
      database_->ForEach(kReport, TenantPrefix(tenant), [&](absl::string_view key, absl::string_view value) {
        intact = AddToReport(key, value, report);
        return intact;
      }));
  if (!intact) return Damaged("count of the report");
  return report;
}

absl::StatusOr<std::vector<AttributeInfo>> RocksRecordStore::ListAttributes(const TenantId& tenant) const {
  std::vector<AttributeInfo> attributes;
  CLIENTELE_RETURN_IF_ERROR(
      database_->ForEach(kAttributes, TenantPrefix(tenant), [&](absl::string_view name, absl::string_view value) {
        const auto type = static_cast<common::v1::FeatureType>(value.empty() ? 0 : value[0]);
        attributes.push_back({std::string(name), type});
        return true;
      }));
  return attributes;
}

absl::StatusOr<Settings> RocksRecordStore::GetSettings(const TenantId& tenant) const {
  CLIENTELE_ASSIGN_OR_RETURN(const std::string bytes, database_->Get(kCatalogue, SettingsKey(tenant)));
  Settings settings;
  if (!settings.ParseFromString(bytes)) return Damaged("setting");
  return settings;
}

absl::Status RocksRecordStore::PutSettings(const TenantId& tenant, const Settings& settings,
                                           absl::string_view expected_etag) {
  absl::MutexLock lock(&catalogue_mutex_);
  const absl::StatusOr<Settings> stored = GetSettings(tenant);
  if (!stored.ok() && !absl::IsNotFound(stored.status())) return stored.status();
  if (expected_etag != (stored.ok() ? stored->etag() : "")) {
    return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
                 "the settings have changed since they were read: read them again, then update");
  }
  rocksdb::WriteBatch batch;
  batch.Put(family(kCatalogue), SettingsKey(tenant), settings.SerializeAsString());
  return database_->Write(batch);
}

absl::StatusOr<std::vector<FeatureDefinition>> RocksRecordStore::ListFeatureDefinitions(const TenantId& tenant) const {
  std::vector<FeatureDefinition> definitions;
  bool intact = true;
  CLIENTELE_RETURN_IF_ERROR(
      database_->ForEach(kCatalogue, DefinitionPrefix(tenant), [&](absl::string_view, absl::string_view value) {
        intact = definitions.emplace_back().ParseFromArray(value.data(), static_cast<int>(value.size()));
        return intact;
      }));
  if (!intact) return Damaged("feature definition");
  return definitions;
}

absl::Status RocksRecordStore::CreateFeatureDefinition(const TenantId& tenant, const FeatureDefinition& definition) {
  absl::MutexLock lock(&catalogue_mutex_);
  const std::string key = DefinitionPrefix(tenant) + definition.name();
  const std::string bytes = definition.SerializeAsString();
  const absl::StatusOr<std::string> stored = database_->Get(kCatalogue, key);
  if (stored.ok()) {
    if (*stored == bytes) return absl::OkStatus();
    return Error(absl::StatusCode::kAlreadyExists, ErrorReason::kFeatureExists,
                 absl::StrCat("feature \"", definition.name(),
                              "\" has another definition; a definition never changes: "
                              "take a new name"));
  }
  if (!absl::IsNotFound(stored.status())) return stored.status();
  rocksdb::WriteBatch batch;
  batch.Put(family(kCatalogue), key, bytes);
  return database_->Write(batch);
}

}  // namespace clientele::storage
