// PostgresRecordStore's erasing: what goes, and the counts of it in the erasure, in one transaction each.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/erasure_rules.h"
#include "common/storage/postgresql/record_store.h"

namespace clientele::storage::postgresql {
namespace {

using ingestion::v1::RejectedRecord;

// A partition has 16 shards.
std::string PartitionOf(int shard) { return absl::StrCat("records_", shard / 16 < 10 ? "0" : "", shard / 16); }

void AddSource(absl::string_view source, StoredErasure& stored) {
  const bool known = std::find(stored.sources.begin(), stored.sources.end(), source) != stored.sources.end();
  if (!known) stored.sources.emplace_back(source);
}

// Takes away records of the customer with their ids: rows of source, record id, kind, ingest time, body's size.
absl::StatusOr<Result> DeleteRecords(Connection& connection, const TenantId& tenant, const StoredErasure& stored,
                                     int most) {
  return connection.Execute(
      "WITH found AS (SELECT event_time, source, record_id FROM records"
      "   WHERE tenant = $1 AND shard = $2 AND customer_id = $3 ORDER BY event_time, source, record_id LIMIT $4),"
      " gone AS (DELETE FROM records r USING found f WHERE r.tenant = $1 AND r.shard = $2 AND r.customer_id = $3"
      "   AND r.event_time = f.event_time AND r.source = f.source AND r.record_id = f.record_id"
      "   RETURNING r.source, r.record_id, r.kind, r.ingest_time, length(r.body) AS size),"
      " ids AS (DELETE FROM record_ids i USING gone g WHERE i.tenant = $1 AND i.source = g.source"
      "   AND i.record_id = g.record_id)"
      " SELECT source, record_id, kind, ingest_time, size FROM gone",
      {Text(tenant.value()), Int2(stored.shard), Bytes(stored.customer_id), Int8(most)});
}

absl::Status RememberErased(Connection& connection, const TenantId& tenant, const Result& gone) {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result state,
      connection.Execute("SELECT digest_key FROM erasure_states WHERE tenant = $1", {Text(tenant.value())}));
  const auto key = state.rows() == 0 ? std::nullopt : privacy::DigestKey::FromBytes(state.Bytes(0, 0));
  if (!key) {
    return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "the key of erased records is missing");
  }
  std::vector<Value> digests;
  for (int row = 0; row < gone.rows(); ++row) {
    digests.push_back(Bytes(ErasedIdDigest(*key, gone.Bytes(row, 0), gone.Bytes(row, 1))));
  }
  return connection
      .Execute("INSERT INTO erased_ids SELECT $1, * FROM unnest($2::bytea[]) ON CONFLICT DO NOTHING",
               {Text(tenant.value()), Array(Type::kBytes, digests)})
      .status();
}

}  // namespace

std::string ErasedIdDigest(const privacy::DigestKey& key, absl::string_view source, absl::string_view record_id) {
  return key.Of(absl::StrCat(source, absl::string_view("\0\1", 2), record_id)).ToBytes();  // A source has no zero byte.
}

absl::Status PostgresRecordStore::EraseRejected(const TenantId& tenant, int64_t number,
                                                absl::FunctionRef<bool(const RejectedRecord&)> is_theirs) {
  return database_->Write(tenant, [&](Connection& connection) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(StoredErasure stored, HoldErasure(connection, tenant, number));
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows,
        connection.Execute("SELECT sequence, message FROM rejected_records WHERE tenant = $1", {Text(tenant.value())}));
    std::vector<Value> theirs;
    RejectedRecord record;
    for (int row = 0; row < rows.rows(); ++row) {
      if (!record.ParseFromString(rows.String(row, 1))) {
        return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored rejected record is damaged");
      }
      if (is_theirs(record)) theirs.push_back(Int8(rows.Int8(row, 0)));
    }
    if (theirs.empty()) return absl::OkStatus();
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result gone, connection.Execute("DELETE FROM rejected_records WHERE tenant = $1 AND sequence = ANY($2)",
                                              {Text(tenant.value()), Array(Type::kInt8, theirs)}));
    AddErasedCount("quarantine", common::v1::RECORD_KIND_UNSPECIFIED, gone.changed(), stored.erasure);
    return WriteErasure(connection, tenant, stored);
  });
}

absl::StatusOr<bool> PostgresRecordStore::EraseRecords(const TenantId& tenant, int64_t number, int most) {
  bool erased = false;
  const absl::Status written = database_->Write(tenant, [&](Connection& connection) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(StoredErasure stored, HoldErasure(connection, tenant, number));
    if (stored.customer_id.empty()) return absl::OkStatus();
    CLIENTELE_ASSIGN_OR_RETURN(const Result gone, DeleteRecords(connection, tenant, stored, most));
    erased = gone.rows() > 0;
    if (!erased) return absl::OkStatus();
    CLIENTELE_RETURN_IF_ERROR(RememberErased(connection, tenant, gone));
    ReportDelta report(0);
    for (int row = 0; row < gone.rows(); ++row) {
      AddErasedCount("records", static_cast<common::v1::RecordKind>(gone.Int2(row, 2)), 1, stored.erasure);
      NoteIngestTime(gone.Micros(row, 3), stored.erasure);
      AddSource(gone.Bytes(row, 0), stored);
      const int64_t body = gone.Int4(row, 4);
      report.CountStored(-1, -body - StoredBytes("", stored.customer_id, gone.Bytes(row, 0), gone.Bytes(row, 1)));
    }
    AddErasedCount("identifiers", common::v1::RECORD_KIND_UNSPECIFIED, gone.rows(), stored.erasure);
    CLIENTELE_RETURN_IF_ERROR(AddToCounters(connection, tenant, report));
    return WriteErasure(connection, tenant, stored);
  });
  if (!written.ok()) return written;
  return erased;
}

absl::Status PostgresRecordStore::EraseCustomer(const TenantId& tenant, int64_t number) {
  return database_->Write(tenant, [&](Connection& connection) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(StoredErasure stored, HoldErasure(connection, tenant, number));
    if (stored.customer_id.empty()) return absl::OkStatus();
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result gone,
        connection.Execute("DELETE FROM customers WHERE tenant = $1 AND shard = $2 AND customer_id = $3",
                           {Text(tenant.value()), Int2(stored.shard), Bytes(stored.customer_id)}));
    ReportDelta report(0);
    report.CountNewCustomers(-gone.changed());
    CLIENTELE_RETURN_IF_ERROR(AddToCounters(connection, tenant, report));
    AddErasedCount("customers", common::v1::RECORD_KIND_UNSPECIFIED, gone.changed(), stored.erasure);
    stored.customer_id.clear();
    return WriteErasure(connection, tenant, stored);
  });
}

absl::Status PostgresRecordStore::PurgeErased(const TenantId& tenant, int64_t number) {
  CLIENTELE_ASSIGN_OR_RETURN(const StoredErasure stored, ReadErasure(tenant, number));
  for (const std::string& table : {PartitionOf(stored.shard), std::string("record_ids"), std::string("customers"),
                                   std::string("rejected_records"), std::string("erasures")}) {
    CLIENTELE_RETURN_IF_ERROR(database_->RunAlone(absl::StrCat("VACUUM ", table)));
  }
  return absl::OkStatus();
}

}  // namespace clientele::storage::postgresql
