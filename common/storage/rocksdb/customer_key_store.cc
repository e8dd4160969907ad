// Families; keys as common/storage/rocksdb/database.h writes texts and numbers:
//   store      ""                         -> u64(id of the store)
//   tenants    text(tenant)               -> StoredTenantKeys
//   customers  text(tenant) digest{16}    -> key ... the oldest first
//     key      u64(id) s64(generation) u64(size of what follows) wrapped
//
// A customer's keys are appended to by merging, so that many batches may add some without reading first.
#include "common/storage/rocksdb/customer_key_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/privacy/secret_key.h"
#include "common/storage/rocksdb/customer_key_records.h"
#include "common/storage/rocksdb/database.h"
#include "common/storage/rocksdb/no_perf_counters.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/table.h"

namespace clientele::storage {
namespace {

using ingestion::v1::StoredTenantKeys;
using privacy::Digest;

constexpr size_t kStore = 0, kTenants = 1, kCustomers = 2;

absl::Status Damaged() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "what is kept of a key is damaged");
}

std::vector<Family> Families() {
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));  // Most who are looked up are new.
  rocksdb::ColumnFamilyOptions customers = BusyOptions();
  customers.merge_operator = std::make_shared<AppendMerge>();
  customers.compression = rocksdb::kNoCompression;  // What is sealed does not shrink.
  customers.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return {{"store", {}}, {"tenants", {}}, {"customers", customers}};
}

std::string TenantKey(const TenantId& tenant) {
  std::string key;
  AppendText(tenant.value(), key);
  return key;
}
std::string CustomerRow(const TenantId& tenant, const Digest& customer) {
  return TenantKey(tenant) + customer.ToBytes();
}

absl::StatusOr<std::vector<CustomerKey>> ReadKeys(absl::string_view bytes) {
  std::vector<CustomerKey> keys;
  if (!ReadCustomerKeys(bytes, keys)) return Damaged();
  return keys;
}

// Null where it is none of them.
CustomerKey* FindKey(std::vector<CustomerKey>& keys, uint64_t id) {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const CustomerKey& key) { return key.id == id; });
  return found == keys.end() ? nullptr : &*found;
}

class RocksCustomerKeyStore final : public CustomerKeyStore {
 public:
  RocksCustomerKeyStore(std::unique_ptr<Database> database, uint64_t id) : database_(std::move(database)), id_(id) {}

  uint64_t id() const override { return id_; }

  absl::StatusOr<StoredTenantKeys> GetTenant(const TenantId& tenant) const override {
    CLIENTELE_ASSIGN_OR_RETURN(const std::string bytes, database_->Get(kTenants, TenantKey(tenant)));
    StoredTenantKeys stored;
    if (!stored.ParseFromString(bytes)) return Damaged();
    return stored;
  }

  absl::StatusOr<StoredTenantKeys> ChangeTenant(const TenantId& tenant,
                                                absl::FunctionRef<absl::Status(StoredTenantKeys&)> change) override {
    absl::WriterMutexLock lock(&mutex_);
    absl::StatusOr<StoredTenantKeys> stored = GetTenant(tenant);
    if (absl::IsNotFound(stored.status())) stored = StoredTenantKeys();
    if (!stored.ok()) return stored.status();
    CLIENTELE_RETURN_IF_ERROR(change(*stored));
    rocksdb::WriteBatch batch;
    batch.Put(database_->family(kTenants), TenantKey(tenant), stored->SerializeAsString());
    CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
    return stored;
  }

  absl::StatusOr<std::vector<TenantId>> ListTenants() const override {
    std::vector<TenantId> tenants;
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kTenants, "", [&](absl::string_view key, absl::string_view) {
      std::string scratch;
      absl::string_view name;
      const auto tenant = ReadText(key, scratch, name) ? TenantId::Parse(name) : Damaged();
      status = tenant.status();
      if (tenant.ok()) tenants.push_back(*tenant);
      return status.ok();
    }));
    CLIENTELE_RETURN_IF_ERROR(status);
    return tenants;
  }

  absl::StatusOr<std::vector<std::vector<CustomerKey>>> Find(const TenantId& tenant,
                                                             absl::Span<const Digest> customers) const override {
    const NoPerfCounters no_perf_counters;
    std::vector<std::string> rows;
    rows.reserve(customers.size());
    for (const Digest& customer : customers) rows.push_back(CustomerRow(tenant, customer));
    const std::vector<rocksdb::Slice> slices(rows.begin(), rows.end());
    std::vector<rocksdb::PinnableSlice> values(rows.size());
    std::vector<rocksdb::Status> statuses(rows.size());
    database_->db().MultiGet(rocksdb::ReadOptions(), database_->family(kCustomers), rows.size(), slices.data(),
                             values.data(), statuses.data());
    std::vector<std::vector<CustomerKey>> found(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      if (statuses[i].IsNotFound()) continue;
      CLIENTELE_RETURN_IF_ERROR(FromRocks(statuses[i]));
      CLIENTELE_ASSIGN_OR_RETURN(found[i], ReadKeys(ToView(values[i])));
    }
    return found;
  }

  absl::Status Add(const TenantId& tenant, absl::Span<const KeyOfCustomer> keys) override {
    rocksdb::WriteBatch batch;
    std::string bytes;
    for (const auto& [customer, key] : keys) {
      bytes.clear();
      AppendCustomerKey(key, bytes);
      batch.Merge(database_->family(kCustomers), CustomerRow(tenant, customer), bytes);
    }
    absl::ReaderMutexLock lock(&mutex_);
    return database_->Write(batch);
  }

  absl::Status Replace(const TenantId& tenant, absl::Span<const KeyOfCustomer> keys) override {
    absl::WriterMutexLock lock(&mutex_);
    std::vector<Digest> customers;
    for (const auto& [customer, key] : keys) {
      if (customers.empty() || customers.back() != customer) customers.push_back(customer);
    }
    CLIENTELE_ASSIGN_OR_RETURN(auto rows, Find(tenant, customers));
    rocksdb::WriteBatch batch;
    size_t next = 0;
    for (size_t i = 0; i < customers.size(); ++i) {
      bool changed = false;
      for (; next < keys.size() && keys[next].first == customers[i]; ++next) {
        CustomerKey* const there = FindKey(rows[i], keys[next].second.id);
        if (there != nullptr) *there = keys[next].second;
        changed = changed || there != nullptr;
      }
      if (!changed) continue;
      std::string bytes;
      for (const CustomerKey& key : rows[i]) AppendCustomerKey(key, bytes);
      batch.Put(database_->family(kCustomers), CustomerRow(tenant, customers[i]), bytes);
    }
    return database_->Write(batch);
  }

  absl::Status ForEach(const TenantId& tenant,
                       absl::FunctionRef<bool(const Digest&, const std::vector<CustomerKey>&)> visit) const override {
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(
        database_->ForEach(kCustomers, TenantKey(tenant), [&](absl::string_view suffix, absl::string_view value) {
          const auto customer = Digest::FromBytes(suffix);
          const auto keys = customer ? ReadKeys(value) : Damaged();
          status = keys.status();
          return status.ok() && visit(*customer, *keys);
        }));
    return status;
  }

  absl::StatusOr<int64_t> Destroy(const TenantId& tenant, const Digest& customer) override {
    absl::WriterMutexLock lock(&mutex_);
    CLIENTELE_ASSIGN_OR_RETURN(const auto found, Find(tenant, {&customer, 1}));
    if (found[0].empty()) return 0;
    rocksdb::WriteBatch batch;
    batch.Delete(database_->family(kCustomers), CustomerRow(tenant, customer));
    CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
    return static_cast<int64_t>(found[0].size());
  }

  absl::Status Purge(const TenantId& tenant) override {
    CLIENTELE_RETURN_IF_ERROR(database_->Flush());
    CLIENTELE_RETURN_IF_ERROR(database_->Rewrite(kCustomers, TenantKey(tenant)));
    CLIENTELE_RETURN_IF_ERROR(database_->Rewrite(kTenants, TenantKey(tenant)));
    return database_->Rewrite(kStore, "");  // Last: it is never empty.
  }

 private:
  const std::unique_ptr<Database> database_;
  const uint64_t id_;
  absl::Mutex mutex_;  // Who adds shares it, who reads and writes again has it alone.
};

// The id that is there, or a new one.
absl::StatusOr<uint64_t> StoreId(Database& database) {
  const absl::StatusOr<std::string> bytes = database.Get(kStore, "");
  if (bytes.ok()) {
    absl::string_view rest = *bytes;
    uint64_t id = 0;
    if (!ReadUnsigned64(rest, id)) return Damaged();
    return id;
  }
  if (!absl::IsNotFound(bytes.status())) return bytes.status();
  const auto drawn = privacy::DrawKeyId();
  if (!drawn) return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "the machine gives no random bytes");
  std::string id;
  AppendUnsigned64(*drawn, id);
  rocksdb::WriteBatch batch;
  batch.Put(database.family(kStore), "", id);
  CLIENTELE_RETURN_IF_ERROR(database.Write(batch));
  return *drawn;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CustomerKeyStore>> OpenRocksCustomerKeyStore(const std::string& directory,
                                                                            const OpenOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(directory, Families(), options));
  CLIENTELE_ASSIGN_OR_RETURN(const uint64_t id, StoreId(*database));
  return std::make_unique<RocksCustomerKeyStore>(std::move(database), id);
}

}  // namespace clientele::storage
