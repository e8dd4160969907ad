// Customers' keys in memory, for tests; the contract holds for them, too.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/privacy/master_keys.h"
#include "common/storage/customer_key_store.h"
#include "services/ingestion/keys/customer_keys.h"
#include "tests/testing/manual_clock.h"

namespace clientele::storage {

class MemoryCustomerKeyStore final : public CustomerKeyStore {
 public:
  uint64_t id() const override { return 7; }

  absl::StatusOr<ingestion::v1::StoredTenantKeys> GetTenant(const TenantId& tenant) const override {
    absl::MutexLock lock(&mutex_);
    const auto found = tenants_.find(tenant);
    if (found == tenants_.end()) return absl::NotFoundError("no such tenant");
    return found->second;
  }
  absl::StatusOr<ingestion::v1::StoredTenantKeys> ChangeTenant(
      const TenantId& tenant, absl::FunctionRef<absl::Status(ingestion::v1::StoredTenantKeys&)> change) override {
    absl::MutexLock lock(&mutex_);
    const auto found = tenants_.find(tenant);
    ingestion::v1::StoredTenantKeys changed =
        found == tenants_.end() ? ingestion::v1::StoredTenantKeys() : found->second;
    if (const absl::Status status = change(changed); !status.ok()) return status;
    return tenants_[tenant] = changed;
  }
  absl::StatusOr<std::vector<TenantId>> ListTenants() const override {
    absl::MutexLock lock(&mutex_);
    std::vector<TenantId> names;
    for (const auto& [tenant, keys] : tenants_) names.push_back(tenant);
    return names;
  }

  absl::StatusOr<std::vector<std::vector<CustomerKey>>> Find(
      const TenantId& tenant, absl::Span<const privacy::Digest> customers) const override {
    absl::MutexLock lock(&mutex_);
    std::vector<std::vector<CustomerKey>> found;
    for (const privacy::Digest& customer : customers) {
      const auto row = customers_.find({tenant, customer});
      found.push_back(row == customers_.end() ? std::vector<CustomerKey>() : row->second);
    }
    return found;
  }
  absl::Status Add(const TenantId& tenant, absl::Span<const KeyOfCustomer> keys) override {
    absl::MutexLock lock(&mutex_);
    for (const auto& [customer, key] : keys) customers_[{tenant, customer}].push_back(key);
    return absl::OkStatus();
  }
  absl::Status Replace(const TenantId& tenant, absl::Span<const KeyOfCustomer> keys) override {
    absl::MutexLock lock(&mutex_);
    for (const auto& [customer, key] : keys) {
      const auto row = customers_.find({tenant, customer});
      if (row == customers_.end()) continue;
      for (CustomerKey& there : row->second) {
        if (there.id == key.id) there = key;
      }
    }
    return absl::OkStatus();
  }
  absl::Status ForEach(
      const TenantId& tenant,
      absl::FunctionRef<bool(const privacy::Digest&, const std::vector<CustomerKey>&)> visit) const override {
    std::map<Customer, std::vector<CustomerKey>> snapshot;
    {
      absl::MutexLock lock(&mutex_);
      snapshot = customers_;
    }
    for (const auto& [customer, keys] : snapshot) {
      if (customer.first == tenant && !visit(customer.second, keys)) break;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<int64_t> Destroy(const TenantId& tenant, const privacy::Digest& customer) override {
    absl::MutexLock lock(&mutex_);
    const auto row = customers_.extract({tenant, customer});
    return row.empty() ? 0 : static_cast<int64_t>(row.mapped().size());
  }
  absl::Status Purge(const TenantId&) override { return absl::OkStatus(); }

 private:
  using Customer = std::pair<TenantId, privacy::Digest>;
  mutable absl::Mutex mutex_;
  std::map<TenantId, ingestion::v1::StoredTenantKeys> tenants_ ABSL_GUARDED_BY(mutex_);
  std::map<Customer, std::vector<CustomerKey>> customers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::storage

namespace clientele::testutil {

inline privacy::MasterKeys MasterKeyOf(char digit) {
  return privacy::MasterKeys::Parse(std::string(64, digit), "a test").value();
}

// Keys of tenants that had no records before.
struct MemoryKeys {
  ManualClock clock;
  storage::MemoryCustomerKeyStore store;
  std::unique_ptr<ingestion::CustomerKeys> keys =
      ingestion::CustomerKeys::Open(store, MasterKeyOf('1'), clock, [](const TenantId&) { return false; }).value();

  ingestion::CustomerKeys& operator*() { return *keys; }
  ingestion::CustomerKeys* operator->() { return keys.get(); }
};

}  // namespace clientele::testutil
