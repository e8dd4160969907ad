// PostgresRecordStore's replacing of what is stored by another form of the same.
#include <string>
#include <vector>

#include "common/base/status_macros.h"
#include "common/storage/postgresql/record_store.h"

namespace clientele::storage::postgresql {
namespace {

// The sizes by which bodies grew, a row each.
absl::StatusOr<Result> UpdateBodies(Connection& connection, const TenantId& tenant, int shard,
                                    absl::Span<const BodyReplacement> replacements) {
  std::vector<Value> customers, times, sources, ids, before, after;
  for (const BodyReplacement& replacement : replacements) {
    customers.push_back(Bytes(replacement.record.customer_id));
    times.push_back(Time(replacement.record.event_time_micros));
    sources.push_back(Text(replacement.record.source));
    ids.push_back(Bytes(replacement.record.record_id));
    before.push_back(Bytes(replacement.before));
    after.push_back(Bytes(replacement.record.body));
  }
  return connection.Execute(
      "UPDATE records r SET body = n.after"
      " FROM unnest($3::bytea[], $4::timestamptz[], $5::text[], $6::bytea[], $7::bytea[], $8::bytea[])"
      "   AS n (customer_id, event_time, source, record_id, before, after)"
      " WHERE r.tenant = $1 AND r.shard = $2 AND r.customer_id = n.customer_id AND r.event_time = n.event_time"
      "   AND r.source = n.source AND r.record_id = n.record_id AND r.body = n.before"
      " RETURNING length(n.after) - length(n.before)",
      {Text(tenant.value()), Int2(shard), Array(Type::kBytes, customers), Array(Type::kTime, times),
       Array(Type::kText, sources), Array(Type::kBytes, ids), Array(Type::kBytes, before), Array(Type::kBytes, after)});
}

}  // namespace

absl::StatusOr<int64_t> PostgresRecordStore::ReplaceBodies(const TenantId& tenant, int shard,
                                                           absl::Span<const BodyReplacement> replacements) {
  int64_t replaced = 0;
  const absl::Status written = database_->Write(tenant, [&](Connection& connection) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const Result grown, UpdateBodies(connection, tenant, shard, replacements));
    ReportDelta report(0);
    for (int row = 0; row < grown.rows(); ++row) report.CountStored(0, grown.Int4(row, 0));
    replaced = grown.rows();
    return AddToCounters(connection, tenant, report);
  });
  if (!written.ok()) return written;
  return replaced;
}

absl::StatusOr<int64_t> PostgresRecordStore::ReplaceRejected(const TenantId& tenant,
                                                             absl::Span<const RejectedReplacement> replacements) {
  std::vector<Value> sequences, messages;
  for (const RejectedReplacement& replacement : replacements) {
    sequences.push_back(Int8(FromBigEndian<int64_t>(replacement.position.data())));
    ingestion::v1::RejectedRecord record = replacement.record;
    record.clear_name();
    messages.push_back(Bytes(record.SerializeAsString()));
  }
  int64_t replaced = 0;
  const absl::Status written = database_->Write(tenant, [&](Connection& connection) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result changed,
        connection.Execute("UPDATE rejected_records r SET message = n.message"
                           " FROM unnest($2::int8[], $3::bytea[]) AS n (sequence, message)"
                           " WHERE r.tenant = $1 AND r.sequence = n.sequence",
                           {Text(tenant.value()), Array(Type::kInt8, sequences), Array(Type::kBytes, messages)}));
    replaced = changed.changed();
    return absl::OkStatus();
  });
  if (!written.ok()) return written;
  return replaced;
}

absl::Status PostgresRecordStore::PurgeReplaced(const TenantId&) {
  CLIENTELE_RETURN_IF_ERROR(database_->RunAlone("VACUUM records"));
  return database_->RunAlone("VACUUM rejected_records");
}

}  // namespace clientele::storage::postgresql
