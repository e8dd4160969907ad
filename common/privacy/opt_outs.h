// Who has opted out of being scored, of which purposes. Holds keyed hashes of ids, not ids.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/base/ids.h"
#include "common/privacy/customer_digest.h"

namespace clientele::privacy {

// The purpose that stands for every other.
inline constexpr absl::string_view kAllPurposes = "";

// Thread-safe. Cost of a look: a load while nobody is on any list, else a reader lock and some 50 ns.
class OptOuts {
 public:
  // Whether the customer has opted out of all purposes, or of the one that `purpose` tells; it is asked only of those
  // who have opted out of some.
  bool Contains(const TenantId& tenant, absl::string_view customer_id, absl::FunctionRef<std::string()> purpose) const {
    return any_.load(std::memory_order_acquire) && !customer_id.empty() && Find(tenant, customer_id, purpose);
  }

  // `key` is the tenant's, the same at every call.
  void Set(const TenantId& tenant, const DigestKey& key, const Digest& customer, absl::string_view purpose,
           bool opted_out) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct List {
    explicit List(const DigestKey& digest_key) : key(digest_key) {}
    DigestKey key;
    absl::flat_hash_map<Digest, std::vector<std::string>> customers;  // Their purposes, at least one.
  };
  bool Find(const TenantId& tenant, absl::string_view customer_id, absl::FunctionRef<std::string()> purpose) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  std::atomic<bool> any_ = false;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<TenantId, List> lists_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::privacy
