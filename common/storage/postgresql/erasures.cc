// PostgresRecordStore's erasures: what is written down of them, and the list of suppressed customers.
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/erasure_rules.h"
#include "common/storage/postgresql/record_store.h"
#include "common/storage/postgresql/tenant_lock.h"

namespace clientele::storage::postgresql {
namespace {

using privacy::Digest;
using privacy::DigestKey;

#define CLIENTELE_ERASURE_COLUMNS "customer_id, shard, request_id, sources, records_gone, message"

absl::Status Damaged() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "what is stored of an erasure is damaged");
}

// A row of CLIENTELE_ERASURE_COLUMNS from `column` on.
absl::StatusOr<StoredErasure> ReadRow(const Result& rows, int row, int column = 0) {
  StoredErasure stored;
  std::vector<absl::string_view> sources;
  stored.customer_id = rows.String(row, column);
  stored.shard = rows.Int2(row, column + 1);
  stored.request_id = rows.String(row, column + 2);
  stored.records_gone = rows.Bool(row, column + 4);
  if (!ReadArray(rows.Bytes(row, column + 3), sources) ||
      !stored.erasure.ParseFromString(rows.String(row, column + 5))) {
    return Damaged();
  }
  for (const absl::string_view source : sources) stored.sources.emplace_back(source);
  return stored;
}

absl::StatusOr<StoredErasure> ReadOne(const absl::StatusOr<Result>& rows, const TenantId& tenant, int64_t number) {
  if (!rows.ok()) return rows.status();
  return rows->rows() == 0 ? NoSuchErasure(tenant, number) : ReadRow(*rows, 0);
}

// Tells those who follow.
absl::Status Tell(Connection& connection, const TenantId& tenant, int64_t number) {
  return connection
      .Execute(
          "WITH next AS (UPDATE erasure_sequence SET last = last + 1 RETURNING last)"
          " INSERT INTO erasure_changes (tenant, sequence, number) SELECT $1, last, $2 FROM next",
          {Text(tenant.value()), Int8(number)})
      .status();
}

// What memory has of the tenant is of before.
absl::Status Raise(Connection& connection, const TenantId& tenant) {
  return connection
      .Execute("UPDATE erasure_states SET revision = revision + 1 WHERE tenant = $1", {Text(tenant.value())})
      .status();
}

absl::Status Suppress(Connection& connection, const TenantId& tenant, const Digest& customer, int64_t number) {
  return connection
      .Execute(
          "INSERT INTO suppressed_customers VALUES ($1, $2, $3) ON CONFLICT (tenant, digest) DO UPDATE SET number = $3",
          {Text(tenant.value()), Bytes(customer.ToBytes()), Int8(number)})
      .status();
}

// Where `number` is not 0: only if that erasure says so.
absl::Status Lift(Connection& connection, const TenantId& tenant, const Digest& customer, int64_t number) {
  return connection
      .Execute("DELETE FROM suppressed_customers WHERE tenant = $1 AND digest = $2 AND ($3 = 0 OR number = $3)",
               {Text(tenant.value()), Bytes(customer.ToBytes()), Int8(number)})
      .status();
}

// Makes the tenant's key where there is none. Revisions begin with the time, so that one that was rolled back does not
// come again with another key.
absl::Status MakeState(Connection& connection, const TenantId& tenant) {
  const auto key = DigestKey::Draw();
  if (!key) return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "the machine gives no random bytes");
  return connection
      .Execute(
          "INSERT INTO erasure_states VALUES ($1, $2, 0, (extract(epoch FROM clock_timestamp()) * 1e6)::int8)"
          " ON CONFLICT DO NOTHING",
          {Text(tenant.value()), Bytes(key->ToBytes())})
      .status();
}

}  // namespace

absl::StatusOr<StoredErasure> HoldErasure(Connection& connection, const TenantId& tenant, int64_t number) {
  return ReadOne(connection.Execute("SELECT " CLIENTELE_ERASURE_COLUMNS
                                    " FROM erasures WHERE tenant = $1 AND number = $2 FOR UPDATE",
                                    {Text(tenant.value()), Int8(number)}),
                 tenant, number);
}

absl::Status WriteErasure(Connection& connection, const TenantId& tenant, const StoredErasure& stored) {
  std::vector<Value> sources;
  for (const std::string& source : stored.sources) sources.push_back(Text(source));
  Value request_id = Bytes(stored.request_id);
  request_id.is_null = stored.request_id.empty();
  return connection
      .Execute("INSERT INTO erasures (tenant, number, " CLIENTELE_ERASURE_COLUMNS
               ")"
               " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant, number) DO UPDATE SET"
               " customer_id = $3, shard = $4, request_id = $5, sources = $6, records_gone = $7, message = $8",
               {Text(tenant.value()), Int8(stored.number()), Bytes(stored.customer_id), Int2(stored.shard), request_id,
                Array(Type::kText, sources), Bool(stored.records_gone), Bytes(stored.erasure.SerializeAsString())})
      .status();
}

absl::StatusOr<StoredErasure> PostgresRecordStore::Begin(Connection& connection, const TenantId& tenant,
                                                         const StoredErasure& draft) {
  CLIENTELE_RETURN_IF_ERROR(MakeState(connection, tenant));
  CLIENTELE_ASSIGN_OR_RETURN(const ErasureStates::State known, states_.Read(connection, tenant));
  const Digest customer = known->key.Of(draft.customer_id);
  if (!draft.request_id.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result requested,
        connection.Execute("SELECT " CLIENTELE_ERASURE_COLUMNS " FROM erasures WHERE tenant = $1 AND request_id = $2",
                           {Text(tenant.value()), Bytes(draft.request_id)}));
    if (requested.rows() > 0) {
      CLIENTELE_ASSIGN_OR_RETURN(StoredErasure stored, ReadRow(requested, 0));
      return CheckRequested(std::move(stored), draft, customer);
    }
  }
  const Suppression suppression = SuppressionBy(draft.erasure.verb(), known->suppressed.contains(customer));
  if (suppression == Suppression::kLift && known->IsUnderWay(customer)) return NotFinished();
  const StoredErasure stored = Numbered(tenant, draft, known->last + 1, customer);
  CLIENTELE_RETURN_IF_ERROR(WriteErasure(connection, tenant, stored));
  if (suppression == Suppression::kBegin) {
    CLIENTELE_RETURN_IF_ERROR(Suppress(connection, tenant, customer, stored.number()));
  }
  if (suppression == Suppression::kLift) CLIENTELE_RETURN_IF_ERROR(Lift(connection, tenant, customer, 0));
  CLIENTELE_RETURN_IF_ERROR(connection
                                .Execute("UPDATE erasure_states SET last_number = $2 WHERE tenant = $1",
                                         {Text(tenant.value()), Int8(stored.number())})
                                .status());
  CLIENTELE_RETURN_IF_ERROR(Raise(connection, tenant));
  CLIENTELE_RETURN_IF_ERROR(Tell(connection, tenant, stored.number()));
  return stored;
}

absl::StatusOr<StoredErasure> PostgresRecordStore::BeginErasure(const TenantId& tenant, const StoredErasure& draft) {
  absl::StatusOr<StoredErasure> begun = absl::InternalError("");
  const absl::Status written = database_->Write(
      tenant,
      [&](Connection& connection) {
        begun = Begin(connection, tenant, draft);
        return begun.status();
      },
      HoldTenant(TenantLock::kRecords, tenant));  // From here on no append is under way.
  states_.Expire(tenant);
  if (!written.ok()) return written;
  return begun;
}

absl::StatusOr<StoredErasure> PostgresRecordStore::ReadErasure(const TenantId& tenant, int64_t number) const {
  return ReadOne(
      database_->Query(tenant, "SELECT " CLIENTELE_ERASURE_COLUMNS " FROM erasures WHERE tenant = $1 AND number = $2",
                       {Text(tenant.value()), Int8(number)}),
      tenant, number);
}

absl::Status PostgresRecordStore::ListErasures(const TenantId& tenant, int64_t before,
                                               absl::FunctionRef<bool(const StoredErasure&)> visit) const {
  constexpr int kRowsAtOnce = 200;
  while (true) {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows,
        database_->Query(tenant,
                         "SELECT " CLIENTELE_ERASURE_COLUMNS
                         " FROM erasures WHERE tenant = $1 AND ($2 = 0 OR number < $2) ORDER BY number DESC LIMIT $3",
                         {Text(tenant.value()), Int8(before), Int8(kRowsAtOnce)}));
    for (int row = 0; row < rows.rows(); ++row) {
      CLIENTELE_ASSIGN_OR_RETURN(const StoredErasure stored, ReadRow(rows, row));
      before = stored.number();
      if (!visit(stored)) return absl::OkStatus();
    }
    if (rows.rows() < kRowsAtOnce) return absl::OkStatus();
  }
}

std::vector<ErasureNumber> PostgresRecordStore::UnfinishedErasures() const {
  std::vector<ErasureNumber> all;
  const auto rows =
      database_->QueryAll("SELECT tenant, number FROM erasures WHERE NOT records_gone ORDER BY number, tenant");
  if (!rows.ok()) return all;  // Whoever asks, asks again.
  for (int row = 0; row < rows->rows(); ++row) {
    auto tenant = TenantId::Parse(rows->Bytes(row, 0));
    if (tenant.ok()) all.push_back({*std::move(tenant), rows->Int8(row, 1)});
  }
  return all;
}

absl::StatusOr<std::vector<ErasureChange>> PostgresRecordStore::ReadErasureChanges(int64_t sequence, int most) const {
  CLIENTELE_ASSIGN_OR_RETURN(const Result rows,
                             database_->QueryAll("SELECT sequence, tenant, " CLIENTELE_ERASURE_COLUMNS
                                                 " FROM erasure_changes JOIN erasures USING (tenant, number)"
                                                 " WHERE sequence > $1 ORDER BY sequence LIMIT $2",
                                                 {Int8(sequence), Int8(most)}));
  std::vector<ErasureChange> changes;
  for (int row = 0; row < rows.rows(); ++row) {
    CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, TenantId::Parse(rows.Bytes(row, 1)));
    CLIENTELE_ASSIGN_OR_RETURN(StoredErasure stored, ReadRow(rows, row, 2));
    changes.push_back({rows.Int8(row, 0), std::move(tenant), std::move(stored)});
  }
  return changes;
}

absl::StatusOr<StoredErasure> PostgresRecordStore::UpdateErasure(const TenantId& tenant, int64_t number,
                                                                 absl::FunctionRef<void(StoredErasure&)> change) {
  StoredErasure stored;
  const absl::Status written = database_->Write(tenant, [&](Connection& connection) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(stored, HoldErasure(connection, tenant, number));
    const bool was_gone = stored.records_gone;
    change(stored);
    CLIENTELE_RETURN_IF_ERROR(WriteErasure(connection, tenant, stored));
    if (!stored.records_gone || was_gone) return absl::OkStatus();
    if (stored.erasure.verb() == ingestion::v1::ERASURE_VERB_DELETE_ONLY) {
      CLIENTELE_RETURN_IF_ERROR(Lift(connection, tenant, DigestOf(stored.erasure), number));
    }
    CLIENTELE_RETURN_IF_ERROR(Raise(connection, tenant));
    return Tell(connection, tenant, number);
  });
  states_.Expire(tenant);
  if (!written.ok()) return written;
  return stored;
}

bool PostgresRecordStore::IsSuppressed(const TenantId& tenant, absl::string_view customer_id) const {
  const ErasureStates::State known = states_.Recent(*database_, tenant);
  return known != nullptr && known->Suppresses(customer_id);
}

int64_t PostgresRecordStore::ErasureEpoch(const TenantId& tenant) const {
  const ErasureStates::State known = states_.Recent(*database_, tenant);
  return known == nullptr ? 0 : known->epoch();
}

absl::StatusOr<DigestKey> PostgresRecordStore::DigestKeyOf(const TenantId& tenant) const {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result rows,
      database_->Query(tenant, "SELECT digest_key FROM erasure_states WHERE tenant = $1", {Text(tenant.value())}));
  if (rows.rows() == 0) return absl::NotFoundError("the tenant has had no erasure");
  const auto key = DigestKey::FromBytes(rows.Bytes(0, 0));
  if (!key) return Damaged();
  return *key;
}

}  // namespace clientele::storage::postgresql
