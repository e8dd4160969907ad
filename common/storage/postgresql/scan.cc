// PostgresRecordStore's scans: a shard by COPY out of one snapshot, a customer by one statement.
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/postgresql/record_store.h"

namespace clientele::storage::postgresql {
namespace {

// Where a page of a history goes on: before this record.
struct Position {
  int64_t event_time_micros;
  std::string source, record_id;
};

std::string Encode(int64_t event_time_micros, absl::string_view source, absl::string_view record_id) {
  std::string token;
  AppendBigEndian(event_time_micros, token);
  AppendBigEndian(static_cast<uint16_t>(source.size()), token);
  return absl::StrCat(token, source, record_id);
}

absl::StatusOr<Position> Decode(absl::string_view token) {
  const size_t size = token.size() < 10 ? token.size() : FromBigEndian<uint16_t>(token.data() + 8);
  if (token.size() < 10 + size) {
    return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kInvalidPageToken, "the page token is damaged");
  }
  return Position{FromBigEndian<int64_t>(token.data()), std::string(token.substr(10, size)),
                  std::string(token.substr(10 + size))};
}

// A row of event_time, ingest_time, kind, body.
StoredRecord ReadRow(const Result& rows, int row, absl::string_view customer_id, bool is_first) {
  return {.customer_id = customer_id,
          .event_time_micros = rows.Micros(row, 0),
          .ingest_time_micros = rows.Micros(row, 1),
          .kind = static_cast<common::v1::RecordKind>(rows.Int2(row, 2)),
          .body = rows.Bytes(row, 3),
          .first_of_customer = is_first};
}

}  // namespace

absl::Status PostgresRecordStore::ScanShard(const TenantId& tenant, int shard, absl::string_view first_customer,
                                            RecordVisitor visit) const {
  // COPY takes no parameters. A tenant's id and hexadecimal digits end no quotes.
  const std::string sql = absl::StrCat(
      "COPY (SELECT customer_id, event_time, ingest_time, kind, body FROM records WHERE tenant = '", tenant.value(),
      "' AND shard = ", shard, " AND customer_id >= '\\x", absl::BytesToHexString(first_customer),
      "' ORDER BY customer_id, event_time, source, record_id) TO STDOUT (FORMAT binary)");
  std::string customer;
  bool is_first = true;
  StoredRecord record;
  const auto visit_row = [&](CopiedRow& row) {
    const absl::string_view id = row.Next();
    record.first_of_customer = is_first || id != customer;
    if (record.first_of_customer) customer.assign(id.data(), id.size());
    is_first = false;
    record.customer_id = customer;
    record.event_time_micros = row.Micros();
    record.ingest_time_micros = row.Micros();
    record.kind = static_cast<common::v1::RecordKind>(row.Int2());
    record.body = row.Next();
    return row.intact() && visit(record);
  };
  return database_->Scan(tenant, [&](Connection& connection) { return connection.CopyOut(sql, visit_row); });
}

absl::Status PostgresRecordStore::ScanCustomer(const TenantId& tenant, absl::string_view customer_id,
                                               RecordVisitor visit) const {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result rows,
      database_->Query(tenant,
                       "SELECT event_time, ingest_time, kind, body FROM records WHERE tenant = $1 AND shard = $2 AND "
                       "customer_id = $3 ORDER BY event_time, source, record_id",
                       {Text(tenant.value()), Int2(ShardOf(tenant, customer_id)), Bytes(customer_id)}));
  for (int row = 0; row < rows.rows(); ++row) {
    if (!visit(ReadRow(rows, row, customer_id, row == 0))) break;
  }
  return absl::OkStatus();
}

absl::Status PostgresRecordStore::ScanCustomerBackwards(
    const TenantId& tenant, absl::string_view customer_id, absl::string_view position,
    absl::FunctionRef<bool(const StoredRecord&, absl::string_view)> visit) const {
  constexpr int kRowsAtOnce = 200;
  std::string token(position);
  bool is_first = true;
  while (true) {
    std::vector<Value> parameters = {Text(tenant.value()), Int2(ShardOf(tenant, customer_id)), Bytes(customer_id)};
    absl::string_view before = "";
    if (!token.empty()) {
      CLIENTELE_ASSIGN_OR_RETURN(const Position at, Decode(token));
      before = "AND (event_time, source, record_id) < ($4, $5, $6) ";
      parameters.insert(parameters.end(), {Time(at.event_time_micros), Text(at.source), Bytes(at.record_id)});
    }
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows,
        database_->Query(
            tenant,
            absl::StrCat("SELECT event_time, ingest_time, kind, body, source, record_id FROM records "
                         "WHERE tenant = $1 AND shard = $2 AND customer_id = $3 ",
                         before, "ORDER BY event_time DESC, source DESC, record_id DESC LIMIT ", kRowsAtOnce),
            parameters));
    for (int row = 0; row < rows.rows(); ++row) {
      token = Encode(rows.Micros(row, 0), rows.Bytes(row, 4), rows.Bytes(row, 5));
      if (!visit(ReadRow(rows, row, customer_id, is_first), token)) return absl::OkStatus();
      is_first = false;
    }
    if (rows.rows() < kRowsAtOnce) return absl::OkStatus();
  }
}

}  // namespace clientele::storage::postgresql
