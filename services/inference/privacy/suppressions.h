// Whom a tenant does not want scored. The list holds keyed hashes of ids, not ids.
#pragma once

#include <atomic>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "clientele/ingestion/v1/privacy_service.pb.h"
#include "common/base/ids.h"
#include "common/privacy/customer_digest.h"

namespace clientele::inference {

// Thread-safe. Cost of a look: a load while nobody is on any list, else a reader lock and some 50 ns.
class Suppressions {
 public:
  bool Contains(const TenantId& tenant, absl::string_view customer_id) const {
    return any_.load(std::memory_order_acquire) && !customer_id.empty() && Find(tenant, customer_id);
  }
  // OK, or FAILED_PRECONDITION with CUSTOMER_SUPPRESSED.
  absl::Status Check(const TenantId& tenant, absl::string_view customer_id) const;

  // Does what an erasure says, as it is now; erasures of a tenant come in the order of their numbers. One that only
  // deletes suppresses until the customer's records are gone.
  void Apply(const TenantId& tenant, const privacy::DigestKey& key, const privacy::Digest& customer,
             const ingestion::v1::Erasure& erasure, bool records_gone) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct List {
    explicit List(const privacy::DigestKey& digest_key) : key(digest_key) {}
    privacy::DigestKey key;
    absl::flat_hash_map<privacy::Digest, int64_t> customers;  // By the number of the erasure that says so.
  };
  bool Find(const TenantId& tenant, absl::string_view customer_id) const ABSL_LOCKS_EXCLUDED(mutex_);

  std::atomic<bool> any_ = false;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<TenantId, List> lists_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::inference
