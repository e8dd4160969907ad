// RocksRecordStore's erasing: what goes, and the counts of it in the erasure, in one write each.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/erasure_rules.h"
#include "common/storage/rocksdb/no_perf_counters.h"
#include "common/storage/rocksdb/record_store.h"
#include "common/storage/rocksdb/report_counters.h"

namespace clientele::storage {
namespace {

using ingestion::v1::RejectedRecord;

absl::Status Damaged() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored record is damaged");
}

// A record's key without what precedes the event time.
struct RecordId {
  std::string source, record_id;
};
bool ReadRecordId(absl::string_view suffix, RecordId& id) {
  int64_t event_time = 0;
  std::string scratch;
  absl::string_view text;
  if (!ReadSigned64(suffix, event_time) || !ReadText(suffix, scratch, text)) return false;
  id.source.assign(text.data(), text.size());
  if (!ReadText(suffix, scratch, text)) return false;
  id.record_id.assign(text.data(), text.size());
  return true;
}

}  // namespace

absl::Status RocksRecordStore::EraseRejected(const TenantId& tenant, int64_t number,
                                             absl::FunctionRef<bool(const RejectedRecord&)> is_theirs) {
  absl::MutexLock erasing(&erasing_);
  CLIENTELE_ASSIGN_OR_RETURN(StoredErasure stored, ReadErasure(tenant, number));
  const std::string prefix = TenantPrefix(tenant);
  rocksdb::WriteBatch batch;
  RejectedRecord record;
  int64_t erased = 0;
  bool intact = true;
  CLIENTELE_RETURN_IF_ERROR(
      database_->ForEach(kQuarantine, prefix, [&](absl::string_view suffix, absl::string_view value) {
        intact = record.ParseFromArray(value.data(), static_cast<int>(value.size()));
        if (!intact || !is_theirs(record)) return intact;
        batch.Delete(family(kQuarantine), absl::StrCat(prefix, suffix));
        ++erased;
        return true;
      }));
  if (!intact) return Damaged();
  if (erased == 0) return absl::OkStatus();
  AddErasedCount("quarantine", common::v1::RECORD_KIND_UNSPECIFIED, erased, stored.erasure);
  PutErasure(tenant, stored, /*tell=*/false, batch);
  return database_->Write(batch);
}

absl::StatusOr<bool> RocksRecordStore::EraseRecords(const TenantId& tenant, int64_t number, int most) {
  const NoPerfCounters no_perf_counters;
  absl::MutexLock erasing(&erasing_);
  CLIENTELE_ASSIGN_OR_RETURN(StoredErasure stored, ReadErasure(tenant, number));
  if (stored.customer_id.empty()) return false;
  CLIENTELE_ASSIGN_OR_RETURN(const privacy::DigestKey key, DigestKeyOf(tenant));
  const std::string tenant_prefix = TenantPrefix(tenant);
  std::string prefix;
  AppendHistoryPrefix(tenant_prefix, stored.shard, stored.customer_id, prefix);
  rocksdb::WriteBatch batch;
  ReportDelta report(0);
  RecordId id;
  std::string id_key;
  int erased = 0;
  bool intact = true;
  CLIENTELE_RETURN_IF_ERROR(
      database_->ForEach(kRecords, prefix, [&](absl::string_view suffix, absl::string_view value) {
        StoredRecord record;
        intact = ReadRecordId(suffix, id) && DecodeRecordValue(value, record);
        if (!intact) return false;
        id_key.clear();
        AppendIdKey(tenant_prefix, id.source, id.record_id, id_key);
        batch.Delete(family(kRecords), absl::StrCat(prefix, suffix));
        batch.Delete(family(kIds), id_key);
        batch.Put(family(kErasedIds), ErasedIdKey(tenant_prefix, key, id_key), rocksdb::Slice());
        AddErasedCount("records", record.kind, 1, stored.erasure);
        report.CountStored(-1, -StoredBytes(record.body, stored.customer_id, id.source, id.record_id));
        NoteIngestTime(record.ingest_time_micros, stored.erasure);
        const bool known = std::find(stored.sources.begin(), stored.sources.end(), id.source) != stored.sources.end();
        if (!known) stored.sources.push_back(id.source);
        return ++erased < most;
      }));
  if (!intact) return Damaged();
  if (erased == 0) return false;
  AddErasedCount("identifiers", common::v1::RECORD_KIND_UNSPECIFIED, erased, stored.erasure);
  AppendReport(report, tenant_prefix, family(kReport), batch);
  PutErasure(tenant, stored, /*tell=*/false, batch);
  CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
  absl::MutexLock gate(&gate_);
  CLIENTELE_ASSIGN_OR_RETURN(TenantErasures * known, ErasuresOf(tenant));
  known->has_erased_ids = true;
  return true;
}

absl::Status RocksRecordStore::EraseCustomer(const TenantId& tenant, int64_t number) {
  absl::MutexLock erasing(&erasing_);
  CLIENTELE_ASSIGN_OR_RETURN(StoredErasure stored, ReadErasure(tenant, number));
  if (stored.customer_id.empty()) return absl::OkStatus();
  const std::string prefix = TenantPrefix(tenant);
  std::string key;
  AppendCustomerKey(prefix, stored.shard, stored.customer_id, key);
  rocksdb::WriteBatch batch;
  const auto row = database_->Get(kCustomers, key);
  if (!row.ok() && !absl::IsNotFound(row.status())) return row.status();
  if (row.ok()) {
    batch.Delete(family(kCustomers), key);
    ReportDelta report(0);
    report.CountNewCustomers(-1);
    AppendReport(report, prefix, family(kReport), batch);
    AddErasedCount("customers", common::v1::RECORD_KIND_UNSPECIFIED, 1, stored.erasure);
  }
  stored.customer_id.clear();
  PutErasure(tenant, stored, /*tell=*/false, batch);
  CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
  known_customers_.Forget(key);
  return absl::OkStatus();
}

absl::Status RocksRecordStore::PurgeErased(const TenantId& tenant, int64_t number) {
  CLIENTELE_ASSIGN_OR_RETURN(const StoredErasure stored, ReadErasure(tenant, number));
  CLIENTELE_RETURN_IF_ERROR(database_->Flush());
  const std::string prefix = TenantPrefix(tenant);
  std::string shard = prefix;
  AppendByte(static_cast<uint8_t>(stored.shard), shard);
  CLIENTELE_RETURN_IF_ERROR(database_->Rewrite(kRecords, shard));
  CLIENTELE_RETURN_IF_ERROR(database_->Rewrite(kCustomers, shard));
  for (const std::string& source : stored.sources) {
    std::string ids = prefix;
    AppendText(source, ids);
    CLIENTELE_RETURN_IF_ERROR(database_->Rewrite(kIds, ids));
  }
  CLIENTELE_RETURN_IF_ERROR(database_->Rewrite(kQuarantine, prefix));
  return database_->Rewrite(kPrivacy, prefix);  // Last: the erasure itself is there.
}

}  // namespace clientele::storage
