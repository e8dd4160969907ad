// The keys that what is personal in customers' records is sealed and opened with, of all tenants: kept wrapped in a
// store, unwrapped when they are needed, drawn where there is none, destroyed with the customer.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/privacy/master_keys.h"
#include "common/privacy/sealed.h"
#include "common/storage/customer_key_store.h"
#include "services/ingestion/keys/key_cache.h"
#include "services/ingestion/keys/tenant_keys.h"

namespace clientele::ingestion {

struct CustomerKeysOptions {
  // Makes copies of the store anew, after keys were destroyed or wrapped with another master key.
  std::function<absl::Status()> renew_copies = [] { return absl::OkStatus(); };
  size_t cached_customers = 100'000;               // Some 200 bytes each.
  uint32_t seals_per_key = privacy::kSealsPerKey;  // See RetiresKey.
};

// Thread-safe. Errors of every call: the store's; INTERNAL where something is damaged.
class CustomerKeys {
 public:
  // Whether records of the tenant came in before it had keys. Asked once a tenant.
  using HadRecords = std::function<absl::StatusOr<bool>(const TenantId&)>;

  // Wraps anew what is not wrapped with the newest master key. FAILED_PRECONDITION: a master key is missing. All must
  // outlive it.
  static absl::StatusOr<std::unique_ptr<CustomerKeys>> Open(storage::CustomerKeyStore& store,
                                                            privacy::MasterKeys master, const Clock& clock,
                                                            HadRecords had_records,
                                                            const CustomerKeysOptions& options = {});

  // The tenant's keys as they are now; null where it has none yet.
  absl::StatusOr<std::shared_ptr<const TenantKeys>> Find(const TenantId& tenant) ABSL_LOCKS_EXCLUDED(tenants_mutex_);
  // The same, with keys that are drawn where there are none.
  absl::StatusOr<std::shared_ptr<const TenantKeys>> Make(const TenantId& tenant)
      ABSL_LOCKS_EXCLUDED(wrapping_, tenants_mutex_);

  // A customer's keys, by the tenant's digest of them; empty where there are none, or none any more.
  absl::StatusOr<std::shared_ptr<const Keyring>> FindCustomer(const TenantId& tenant, const privacy::Digest& customer)
      ABSL_LOCKS_EXCLUDED(tenants_mutex_);
  // One of them; none where it is destroyed, or never was the customer's.
  absl::StatusOr<std::optional<privacy::SecretKey>> FindKey(const TenantId& tenant, const privacy::Digest& customer,
                                                            uint64_t id) ABSL_LOCKS_EXCLUDED(tenants_mutex_);
  // Keys that were drawn: durable when it returns, and only then to be used.
  using Drawn = std::pair<privacy::Digest, OpenKey>;
  absl::Status Add(const TenantId& tenant, absl::Span<const Drawn> drawn) ABSL_LOCKS_EXCLUDED(wrapping_);

  // While one lives no key is destroyed. To be held while what was sealed is written, for a moment.
  class Hold {
   public:
    explicit Hold(CustomerKeys& keys) ABSL_NO_THREAD_SAFETY_ANALYSIS : lock_(&keys.destroying_) {}

   private:
    absl::ReaderMutexLock lock_;
  };
  // What was sealed when, and with which keys: nothing of it may be written once one of them is destroyed.
  struct Use {
    uint64_t epoch = 0;
    std::vector<std::pair<privacy::Digest, uint64_t>> keys;  // Customers, and ids of keys.
  };
  // UNAVAILABLE: one of the keys is destroyed. Costs next to nothing where none was destroyed since.
  absl::Status CheckThere(const TenantId& tenant, const Use& use, const Hold& hold);
  uint64_t epoch() const { return cache_.epoch(); }

  // How many keys the customer has.
  absl::StatusOr<int64_t> Count(const TenantId& tenant, absl::string_view customer_id);
  // Nothing that is sealed with them can be read once it returns, neither here nor with the copies. Again: nothing.
  absl::Status Destroy(const TenantId& tenant, absl::string_view customer_id) ABSL_LOCKS_EXCLUDED(destroying_);

  // Notes, while it lives, of whom anything sealed is written. One at a time.
  class UseWatch {
   public:
    UseWatch(CustomerKeys& keys, const TenantId& tenant);  // Waits until what is being written is written.
    ~UseWatch();
    UseWatch(const UseWatch&) = delete;
    UseWatch& operator=(const UseWatch&) = delete;

   private:
    friend class CustomerKeys;
    CustomerKeys& keys_;
    const TenantId tenant_;
    absl::Mutex mutex_;
    absl::flat_hash_set<privacy::Digest> customers_ ABSL_GUARDED_BY(mutex_);
  };
  // As Destroy, of those of `customers` of whom nothing was written since `watch` began; of how many.
  absl::StatusOr<int64_t> DestroyUnused(UseWatch& watch, absl::Span<const privacy::Digest> customers)
      ABSL_LOCKS_EXCLUDED(destroying_);

  // New keys of a level. Those of tenants without keys stay none.
  absl::Status RotateMaster(privacy::MasterKeys master) ABSL_LOCKS_EXCLUDED(wrapping_, tenants_mutex_);
  absl::Status RotateTenant(const TenantId& tenant) ABSL_LOCKS_EXCLUDED(wrapping_, tenants_mutex_);
  absl::Status RotateCustomers(const TenantId& tenant) ABSL_LOCKS_EXCLUDED(wrapping_, tenants_mutex_);
  // Wraps customers' keys with the tenant's newest where they are not, then destroys its older ones. Idempotent, and
  // goes on after a crash. CANCELLED: `stop` said true, which it is asked every thousand customers.
  absl::Status RewrapCustomers(const TenantId& tenant, absl::FunctionRef<bool()> stop)
      ABSL_LOCKS_EXCLUDED(wrapping_, tenants_mutex_);

  storage::CustomerKeyStore& store() { return store_; }
  privacy::MasterKeys master() const ABSL_LOCKS_EXCLUDED(tenants_mutex_);
  const CustomerKeysOptions& options() const { return options_; }

 private:
  using Change = absl::FunctionRef<absl::Status(v1::StoredTenantKeys&, const privacy::MasterKeys&)>;

  CustomerKeys(storage::CustomerKeyStore& store, privacy::MasterKeys master, const Clock& clock, HadRecords had_records,
               const CustomerKeysOptions& options);

  // Changes what is kept of a tenant while nothing is wrapped with its keys.
  absl::Status ChangeTenant(const TenantId& tenant, Change change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(wrapping_)
      ABSL_LOCKS_EXCLUDED(tenants_mutex_);
  // ABORTED: what wraps them is not the tenant's newest key any more.
  absl::Status AddOnce(const TenantId& tenant, absl::Span<const Drawn> drawn) ABSL_LOCKS_EXCLUDED(tenants_mutex_);
  // Forgets what is cached where another program has destroyed keys.
  absl::Status NoteDestructions() ABSL_LOCKS_EXCLUDED(tenants_mutex_);
  absl::StatusOr<Keyring> Load(const TenantId& tenant, const privacy::Digest& customer)
      ABSL_LOCKS_EXCLUDED(tenants_mutex_);
  void Forget(const TenantId& tenant) ABSL_LOCKS_EXCLUDED(tenants_mutex_);

  storage::CustomerKeyStore& store_;
  const Clock& clock_;
  const HadRecords had_records_;
  const CustomerKeysOptions options_;
  KeyCache cache_;
  absl::Mutex destroying_;  // Shared by who writes what was sealed.
  std::atomic<UseWatch*> watch_ = nullptr;  // Changed by who holds it alone.
  absl::Mutex wrapping_;    // Shared by who wraps customers' keys, held alone by who changes the tenant's.
  mutable absl::Mutex tenants_mutex_ ABSL_ACQUIRED_AFTER(wrapping_);
  privacy::MasterKeys master_ ABSL_GUARDED_BY(tenants_mutex_);
  struct Known {
    std::shared_ptr<const TenantKeys> keys;
    absl::Time read;
  };
  absl::flat_hash_map<TenantId, Known> tenants_ ABSL_GUARDED_BY(tenants_mutex_);
  // Of the store, when the cache was last found to know none.
  int64_t destructions_ ABSL_GUARDED_BY(tenants_mutex_) = 0;
};

}  // namespace clientele::ingestion
