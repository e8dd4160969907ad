// PostgresRecordStore's retention: what is written down of it, and what goes because its time is over.
#include <set>
#include <string>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/postgresql/record_store.h"
#include "common/storage/postgresql/tenant_lock.h"
#include "common/storage/retention_state.h"

namespace clientele::storage::postgresql {
namespace {

using ingestion::v1::StoredRetention;

constexpr int kShardsAtOnce = 32;  // A step looks at so many where little has to go.

absl::StatusOr<StoredRetention> Parse(const Result& rows) {
  StoredRetention stored;
  if (rows.rows() > 0 && !stored.ParseFromString(rows.String(0, 0))) {
    return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored retention is damaged");
  }
  return stored;
}

// As the connection's transaction sees it, held against other changes until it ends.
absl::StatusOr<StoredRetention> Hold(Connection& connection, const TenantId& tenant) {
  CLIENTELE_RETURN_IF_ERROR(
      connection.Execute("INSERT INTO retention VALUES ($1, NULL) ON CONFLICT DO NOTHING", {Text(tenant.value())})
          .status());
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Execute("SELECT message FROM retention WHERE tenant = $1 FOR UPDATE", {Text(tenant.value())}));
  return Parse(rows);
}

absl::Status Write(Connection& connection, const TenantId& tenant, const StoredRetention& stored) {
  return connection
      .Execute("UPDATE retention SET message = $2 WHERE tenant = $1",
               {Text(tenant.value()), Bytes(stored.SerializeAsString())})
      .status();
}

// Takes away at most `most` records of one shard, from a customer on, with their ids: rows of customer, source, record
// id, kind, body's size. `cuts`, by kind.
absl::StatusOr<Result> DeleteExpired(Connection& connection, const TenantId& tenant, const StoredRetention& stored,
                                     const Value& cuts, int64_t most) {
  return connection.Execute(
      "WITH found AS (SELECT customer_id, event_time, source, record_id FROM records"
      "   WHERE tenant = $1 AND shard = $2 AND customer_id >= $3 AND event_time < ($4::timestamptz[])[kind + 1]"
      "   ORDER BY customer_id, event_time, source, record_id LIMIT $5),"
      " gone AS (DELETE FROM records r USING found f WHERE r.tenant = $1 AND r.shard = $2"
      "   AND r.customer_id = f.customer_id AND r.event_time = f.event_time AND r.source = f.source"
      "   AND r.record_id = f.record_id"
      "   RETURNING r.customer_id, r.source, r.record_id, r.kind, length(r.body) AS size),"
      " ids AS (DELETE FROM record_ids i USING gone g WHERE i.tenant = $1 AND i.source = g.source"
      "   AND i.record_id = g.record_id)"
      " SELECT customer_id, source, record_id, kind, size FROM gone",
      {Text(tenant.value()), Int2(stored.next_shard()), Bytes(stored.next_customer()), cuts, Int8(most)});
}

// Takes away those of the customers of whom no record is left; how many.
absl::StatusOr<int64_t> DeleteEmptied(Connection& connection, const TenantId& tenant, int shard,
                                      const std::set<std::string>& customers) {
  std::vector<Value> ids;
  for (const std::string& customer : customers) ids.push_back(Bytes(customer));
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result gone,
      connection.Execute("DELETE FROM customers c WHERE tenant = $1 AND shard = $2 AND customer_id = ANY($3)"
                         " AND NOT EXISTS (SELECT FROM records r WHERE r.tenant = $1 AND r.shard = $2"
                         "   AND r.customer_id = c.customer_id)",
                         {Text(tenant.value()), Int2(shard), Array(Type::kBytes, ids)}));
  return gone.changed();
}

// PostgreSQL's own name of the time before all others, where a kind has no cut.
Value CutsOf(const StoredRetention& stored) {
  std::vector<Value> cuts;
  for (const int64_t micros : CutMicros(stored.runs().rbegin()->cuts())) {
    const bool has_cut = micros != std::numeric_limits<int64_t>::min();
    cuts.push_back(has_cut ? Time(micros) : Number(Type::kTime, std::numeric_limits<int64_t>::min()));
  }
  return Array(Type::kTime, cuts);
}

// One step of a run; see RecordStore::ExpireRecords.
absl::Status Step(Connection& connection, const TenantId& tenant, int most, StoredRetention& stored) {
  const Value cuts = CutsOf(stored);
  ReportDelta report(0);
  int64_t left = most;
  for (int shards = 0; shards < kShardsAtOnce && left > 0 && stored.next_shard() < kShardCount; ++shards) {
    CLIENTELE_ASSIGN_OR_RETURN(const Result gone, DeleteExpired(connection, tenant, stored, cuts, left));
    std::set<std::string> customers;
    for (int row = 0; row < gone.rows(); ++row) {
      customers.insert(gone.String(row, 0));
      CountExpired(static_cast<common::v1::RecordKind>(gone.Int2(row, 3)), 1, stored);
      report.CountStored(
          -1, -gone.Int4(row, 4) - StoredBytes("", gone.Bytes(row, 0), gone.Bytes(row, 1), gone.Bytes(row, 2)));
    }
    if (!customers.empty()) {
      CLIENTELE_ASSIGN_OR_RETURN(const int64_t emptied,
                                 DeleteEmptied(connection, tenant, stored.next_shard(), customers));
      report.CountNewCustomers(-emptied);
      auto& run = *stored.mutable_runs()->rbegin();
      run.set_customer_count(run.customer_count() + emptied);
    }
    left -= gone.rows();
    if (left > 0) {
      stored.set_next_shard(stored.next_shard() + 1);
      stored.clear_next_customer();
    } else {
      stored.set_next_customer(*customers.rbegin());
    }
  }
  return AddToCounters(connection, tenant, report);
}

}  // namespace

absl::StatusOr<StoredRetention> PostgresRecordStore::GetRetention(const TenantId& tenant) const {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result rows,
      database_->Query(tenant, "SELECT message FROM retention WHERE tenant = $1", {Text(tenant.value())}));
  return Parse(rows);
}

absl::StatusOr<std::vector<TenantId>> PostgresRecordStore::ListRetentionTenants() const {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result rows, database_->QueryAll("SELECT tenant FROM retention WHERE message IS NOT NULL ORDER BY tenant"));
  std::vector<TenantId> tenants;
  for (int row = 0; row < rows.rows(); ++row) {
    CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, TenantId::Parse(rows.Bytes(row, 0)));
    tenants.push_back(std::move(tenant));
  }
  return tenants;
}

absl::StatusOr<StoredRetention> PostgresRecordStore::UpdateRetention(
    const TenantId& tenant, absl::FunctionRef<absl::Status(StoredRetention&)> change) {
  StoredRetention stored;
  const absl::Status written = database_->Write(tenant, [&](Connection& connection) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(stored, Hold(connection, tenant));
    CLIENTELE_RETURN_IF_ERROR(change(stored));
    return Write(connection, tenant, stored);
  });
  if (!written.ok()) return written;
  return stored;
}

absl::StatusOr<bool> PostgresRecordStore::ExpireRecords(const TenantId& tenant, int most) {
  bool moved = false;
  const absl::Status written = database_->Write(
      tenant,
      [&](Connection& connection) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(StoredRetention stored, Hold(connection, tenant));
        moved = IsUnderWay(stored);
        if (!moved) return absl::OkStatus();
        CLIENTELE_RETURN_IF_ERROR(Step(connection, tenant, most, stored));
        return Write(connection, tenant, stored);
      },
      HoldTenant(TenantLock::kRecords, tenant));  // No append counts on a customer that goes.
  if (!written.ok()) return written;
  return moved;
}

}  // namespace clientele::storage::postgresql
