// RocksRecordStore's replacing of what is stored by another form of the same.
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/rocksdb/no_perf_counters.h"
#include "common/storage/rocksdb/record_store.h"
#include "common/storage/rocksdb/report_counters.h"

namespace clientele::storage {
namespace {

absl::Status Damaged() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored record is damaged");
}

}  // namespace

absl::StatusOr<int64_t> RocksRecordStore::ReplaceBodies(const TenantId& tenant, int shard,
                                                        absl::Span<const BodyReplacement> replacements) {
  const NoPerfCounters no_perf_counters;
  absl::MutexLock erasing(&erasing_);  // What is found here, nobody takes away meanwhile; no append writes it again.
  const std::string prefix = TenantPrefix(tenant);
  rocksdb::WriteBatch batch;
  ReportDelta report(0);
  std::string key;
  int64_t replaced = 0;
  for (const auto& [record, before] : replacements) {
    key.clear();
    AppendRecordKey(prefix, shard, record, key);
    const auto value = database_->Get(kRecords, key);
    if (absl::IsNotFound(value.status())) continue;
    CLIENTELE_RETURN_IF_ERROR(value.status());
    StoredRecord stored;
    if (!DecodeRecordValue(*value, stored)) return Damaged();
    if (stored.body != before) continue;
    batch.Put(family(kRecords), key, absl::StrCat(value->substr(0, kRecordHeaderSize), record.body));
    report.CountStored(0, static_cast<int64_t>(record.body.size()) - static_cast<int64_t>(before.size()));
    ++replaced;
  }
  if (replaced == 0) return 0;
  AppendReport(report, prefix, family(kReport), batch);
  CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
  return replaced;
}

absl::StatusOr<int64_t> RocksRecordStore::ReplaceRejected(const TenantId& tenant,
                                                          absl::Span<const RejectedReplacement> replacements) {
  absl::MutexLock erasing(&erasing_);
  absl::MutexLock gate(&gate_);  // An append takes the oldest out.
  const std::string prefix = TenantPrefix(tenant);
  rocksdb::WriteBatch batch;
  int64_t replaced = 0;
  for (const RejectedReplacement& replacement : replacements) {
    const std::string key = absl::StrCat(prefix, replacement.position);
    const absl::Status found = database_->Get(kQuarantine, key).status();
    if (absl::IsNotFound(found)) continue;
    CLIENTELE_RETURN_IF_ERROR(found);
    ingestion::v1::RejectedRecord record = replacement.record;
    record.clear_name();
    batch.Put(family(kQuarantine), key, record.SerializeAsString());
    ++replaced;
  }
  if (replaced == 0) return 0;
  CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
  return replaced;
}

absl::Status RocksRecordStore::PurgeReplaced(const TenantId& tenant) {
  const std::string prefix = TenantPrefix(tenant);
  CLIENTELE_RETURN_IF_ERROR(database_->Flush());
  CLIENTELE_RETURN_IF_ERROR(database_->Rewrite(kRecords, prefix));
  CLIENTELE_RETURN_IF_ERROR(database_->Rewrite(kQuarantine, prefix));
  return database_->Rewrite(kReport, prefix);  // Last: who ever sent a record has counts.
}

}  // namespace clientele::storage
