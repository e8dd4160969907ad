#include "common/storage/postgresql/customer_key_store.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/postgresql/change_counter.h"
#include "common/storage/postgresql/tenant_lock.h"

namespace clientele::storage::postgresql {
namespace {

using ingestion::v1::StoredTenantKeys;
using privacy::Digest;

constexpr absl::string_view kCounter = "destroyed_keys";

absl::Status Damaged() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "what is kept of a key is damaged");
}

absl::StatusOr<StoredTenantKeys> Parse(const Result& rows) {
  StoredTenantKeys keys;
  if (rows.rows() > 0 && !keys.ParseFromString(rows.String(0, 0))) return Damaged();
  return keys;
}

// The arrays $2, $3, $4 and $5: of whom, ids, generations, wrapped keys.
std::vector<Value> Columns(const TenantId& tenant, absl::Span<const KeyOfCustomer> keys) {
  std::vector<Value> digests, ids, generations, wrapped;
  for (const auto& [customer, key] : keys) {
    digests.push_back(Bytes(customer.ToBytes()));
    ids.push_back(Int8(static_cast<int64_t>(key.id)));
    generations.push_back(Int8(key.generation));
    wrapped.push_back(Bytes(key.wrapped));
  }
  return {Text(tenant.value()), Array(Type::kBytes, digests), Array(Type::kInt8, ids), Array(Type::kInt8, generations),
          Array(Type::kBytes, wrapped)};
}

absl::Status Insert(Connection& connection, const TenantId& tenant, absl::Span<const KeyOfCustomer> keys) {
  return connection
      .Execute(
          "INSERT INTO customer_keys (tenant, digest, id, generation, wrapped) SELECT $1, digest, id, generation,"
          " wrapped FROM unnest($2::bytea[], $3::int8[], $4::int8[], $5::bytea[]) WITH ORDINALITY"
          " AS added (digest, id, generation, wrapped, place) ORDER BY place",
          Columns(tenant, keys))
      .status();
}

absl::Status Update(Connection& connection, const TenantId& tenant, absl::Span<const KeyOfCustomer> keys) {
  return connection
      .Execute(
          "UPDATE customer_keys k SET generation = a.generation, wrapped = a.wrapped FROM"
          " unnest($2::bytea[], $3::int8[], $4::int8[], $5::bytea[]) AS a (digest, id, generation, wrapped)"
          " WHERE k.tenant = $1 AND k.digest = a.digest AND k.id = a.id",
          Columns(tenant, keys))
      .status();
}

class PostgresCustomerKeyStore final : public CustomerKeyStore {
 public:
  PostgresCustomerKeyStore(std::shared_ptr<const Database> database, uint64_t id)
      : database_(std::move(database)), id_(id) {}

  uint64_t id() const override { return id_; }
  bool IsShared() const override { return true; }
  absl::StatusOr<int64_t> Destructions() const override { return ReadChanges(*database_, kCounter); }

  absl::StatusOr<StoredTenantKeys> GetTenant(const TenantId& tenant) const override {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows,
        database_->Query(tenant, "SELECT message FROM tenant_keys WHERE tenant = $1", {Text(tenant.value())}));
    if (rows.rows() == 0) return absl::NotFoundError("the tenant has no keys");
    return Parse(rows);
  }

  absl::StatusOr<StoredTenantKeys> ChangeTenant(const TenantId& tenant,
                                                absl::FunctionRef<absl::Status(StoredTenantKeys&)> change) override {
    StoredTenantKeys keys;
    const absl::Status written = database_->Write(
        tenant,
        [&](Connection& connection) -> absl::Status {
          CLIENTELE_ASSIGN_OR_RETURN(keys, Read(connection, tenant));
          CLIENTELE_RETURN_IF_ERROR(change(keys));
          return connection
              .Execute("INSERT INTO tenant_keys VALUES ($1, $2) ON CONFLICT (tenant) DO UPDATE SET message = $2",
                       {Text(tenant.value()), Bytes(keys.SerializeAsString())})
              .status();
        },
        HoldTenant(TenantLock::kKeys, tenant));  // Nobody adds what is wrapped with the keys of before.
    if (!written.ok()) return written;
    return keys;
  }

  absl::StatusOr<std::vector<TenantId>> ListTenants() const override {
    CLIENTELE_ASSIGN_OR_RETURN(const Result rows,
                               database_->QueryAll("SELECT tenant FROM tenant_keys ORDER BY tenant"));
    std::vector<TenantId> tenants;
    for (int row = 0; row < rows.rows(); ++row) {
      CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, TenantId::Parse(rows.Bytes(row, 0)));
      tenants.push_back(std::move(tenant));
    }
    return tenants;
  }

  absl::StatusOr<std::vector<std::vector<CustomerKey>>> Find(const TenantId& tenant,
                                                             absl::Span<const Digest> customers) const override {
    std::vector<Value> digests;
    for (const Digest& customer : customers) digests.push_back(Bytes(customer.ToBytes()));
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows,
        database_->Query(
            tenant,
            "SELECT place - 1, id, generation, wrapped FROM unnest($2::bytea[]) WITH ORDINALITY AS asked"
            " (digest, place) JOIN customer_keys USING (digest) WHERE tenant = $1 ORDER BY place, position",
            {Text(tenant.value()), Array(Type::kBytes, digests)}));
    std::vector<std::vector<CustomerKey>> found(customers.size());
    for (int row = 0; row < rows.rows(); ++row) {
      found[static_cast<size_t>(rows.Int8(row, 0))].push_back(
          {static_cast<uint64_t>(rows.Int8(row, 1)), rows.Int8(row, 2), rows.String(row, 3)});
    }
    return found;
  }

  absl::Status Add(const TenantId& tenant, absl::Span<const KeyOfCustomer> keys) override {
    return database_->Write(tenant, [&](Connection& connection) { return Insert(connection, tenant, keys); });
  }

  absl::Status AddWrapped(const TenantId& tenant, uint64_t tenant_key, absl::Span<const KeyOfCustomer> keys) override {
    return WriteWrapped(tenant, tenant_key, [&](Connection& connection) { return Insert(connection, tenant, keys); });
  }

  absl::Status Replace(const TenantId& tenant, absl::Span<const KeyOfCustomer> keys) override {
    return database_->Write(tenant, [&](Connection& connection) { return Update(connection, tenant, keys); });
  }

  absl::Status ReplaceWrapped(const TenantId& tenant, uint64_t tenant_key,
                              absl::Span<const KeyOfCustomer> keys) override {
    return WriteWrapped(tenant, tenant_key, [&](Connection& connection) { return Update(connection, tenant, keys); });
  }

  absl::Status ForEach(const TenantId& tenant,
                       absl::FunctionRef<bool(const Digest&, const std::vector<CustomerKey>&)> visit) const override {
    // A tenant's id is [a-z0-9-]: nothing in it can end the quotes.
    const std::string sql =
        absl::StrCat("COPY (SELECT digest, id, generation, wrapped FROM customer_keys WHERE tenant = '", tenant.value(),
                     "' ORDER BY digest, position) TO STDOUT (FORMAT binary)");
    std::optional<Digest> customer;
    std::vector<CustomerKey> keys;
    bool more = true, intact = true;
    const auto read = [&](CopiedRow& row) {
      const auto digest = Digest::FromBytes(row.Next());
      intact = digest.has_value();
      if (!intact) return false;
      if (customer && *customer != *digest) {
        more = visit(*customer, keys);
        keys.clear();
      }
      customer = digest;
      const auto id = static_cast<uint64_t>(row.Int8());
      const int64_t generation = row.Int8();
      keys.push_back({id, generation, std::string(row.Next())});
      return more;
    };
    CLIENTELE_RETURN_IF_ERROR(
        database_->Scan(tenant, [&](Connection& connection) { return connection.CopyOut(sql, read); }));
    if (!intact) return Damaged();
    if (customer && more) visit(*customer, keys);
    return absl::OkStatus();
  }

  absl::StatusOr<int64_t> Destroy(const TenantId& tenant, const Digest& customer) override {
    int64_t count = 0;
    const absl::Status written = database_->Write(tenant, [&](Connection& connection) -> absl::Status {
      CLIENTELE_ASSIGN_OR_RETURN(const Result gone,
                                 connection.Execute("DELETE FROM customer_keys WHERE tenant = $1 AND digest = $2",
                                                    {Text(tenant.value()), Bytes(customer.ToBytes())}));
      count = gone.changed();
      return count == 0 ? absl::OkStatus() : CountChange(connection, kCounter);
    });
    if (!written.ok()) return written;
    return count;
  }

  absl::Status Purge(const TenantId&) override { return database_->RunAlone("VACUUM customer_keys, tenant_keys"); }

 private:
  // Writes while the tenant's newest key stays what it is. ABORTED: it is another.
  absl::Status WriteWrapped(const TenantId& tenant, uint64_t tenant_key, Database::Body write) const {
    return database_->Write(
        tenant,
        [&](Connection& connection) -> absl::Status {
          CLIENTELE_ASSIGN_OR_RETURN(const StoredTenantKeys stored, Read(connection, tenant));
          const bool is_newest = stored.keys_size() > 0 && stored.keys().rbegin()->id() == tenant_key;
          if (is_newest) return write(connection);
          return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch, "the tenant's key is not the newest");
        },
        ShareTenant(TenantLock::kKeys, tenant));
  }

  static absl::StatusOr<StoredTenantKeys> Read(Connection& connection, const TenantId& tenant) {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result rows,
        connection.Execute("SELECT message FROM tenant_keys WHERE tenant = $1", {Text(tenant.value())}));
    return Parse(rows);
  }

  const std::shared_ptr<const Database> database_;
  const uint64_t id_;
};

// The id that is there, or a new one.
absl::StatusOr<uint64_t> IdOf(const Database& database) {
  const auto drawn = privacy::DigestKey::Draw();  // Random bytes, of which 8 do.
  if (!drawn) return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "the machine gives no random bytes");
  const auto id = FromBigEndian<int64_t>(drawn->ToBytes().data());
  CLIENTELE_RETURN_IF_ERROR(
      database.QueryAll("INSERT INTO key_store (id) VALUES ($1) ON CONFLICT DO NOTHING", {Int8(id)}).status());
  CLIENTELE_ASSIGN_OR_RETURN(const Result row, database.QueryAll("SELECT id FROM key_store"));
  return static_cast<uint64_t>(row.Int8(0, 0));
}

}  // namespace

absl::StatusOr<std::unique_ptr<CustomerKeyStore>> OpenCustomerKeyStore(std::shared_ptr<const Database> database) {
  CLIENTELE_ASSIGN_OR_RETURN(const uint64_t id, IdOf(*database));
  return std::make_unique<PostgresCustomerKeyStore>(std::move(database), id);
}

}  // namespace clientele::storage::postgresql
