// Customers' keys that were unwrapped lately: a bounded memory that spares reading and unwrapping them.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "common/base/ids.h"
#include "common/privacy/customer_digest.h"
#include "services/ingestion/keys/tenant_keys.h"

namespace clientele::ingestion {

// Thread-safe. Two generations: when the young one is full it becomes the old one, and what was old is forgotten.
//
// An epoch is the time between two destructions: who read keys in one must not bring them in here in the next.
class KeyCache {
 public:
  // Keeps the keys of at least the last `capacity` customers, of at most twice as many.
  explicit KeyCache(size_t capacity) : capacity_(capacity) {}

  uint64_t epoch() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::ReaderMutexLock lock(&mutex_);
    return epoch_;
  }

  // Null where it does not know.
  std::shared_ptr<const Keyring> Find(const TenantId& tenant, const privacy::Digest& customer) const
      ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::ReaderMutexLock lock(&mutex_);
    for (const Map* map : {&young_, &old_}) {
      if (const auto found = map->find({tenant, customer}); found != map->end()) return found->second;
    }
    return nullptr;
  }

  // Nothing where a key was destroyed since `epoch`.
  void Put(const TenantId& tenant, const privacy::Digest& customer, std::shared_ptr<const Keyring> keys, uint64_t epoch)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::WriterMutexLock lock(&mutex_);
    if (epoch != epoch_) return;
    if (young_.size() >= capacity_) old_ = std::exchange(young_, {});
    young_[{tenant, customer}] = std::move(keys);
  }

  void Forget(const TenantId& tenant, const privacy::Digest& customer) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::WriterMutexLock lock(&mutex_);
    young_.erase({tenant, customer});
    old_.erase({tenant, customer});
  }

  // Keys were destroyed elsewhere: knows nothing any more, and begins the next epoch.
  void Clear() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::WriterMutexLock lock(&mutex_);
    ++epoch_;
    young_.clear();
    old_.clear();
  }
  // Begins the next epoch.
  void Destroy(const TenantId& tenant, const privacy::Digest& customer) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::WriterMutexLock lock(&mutex_);
    ++epoch_;
    young_.erase({tenant, customer});
    old_.erase({tenant, customer});
  }

 private:
  using Customer = std::pair<TenantId, privacy::Digest>;
  using Map = absl::flat_hash_map<Customer, std::shared_ptr<const Keyring>>;

  const size_t capacity_;
  mutable absl::Mutex mutex_;
  uint64_t epoch_ ABSL_GUARDED_BY(mutex_) = 0;
  Map young_ ABSL_GUARDED_BY(mutex_);
  Map old_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::ingestion
