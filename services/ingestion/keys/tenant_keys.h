// A tenant's keys, unwrapped, and what is done with them. Pure but for what is drawn.
//
//   master key -> tenant's keys -> customers' keys -> what is personal in their records
//
// Each arrow is sealing (common/privacy/sealed.h); the place says which key of whom it is, so that none opens as
// another's.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clientele/ingestion/v1/customer_keys.pb.h"
#include "common/base/ids.h"
#include "common/privacy/customer_digest.h"
#include "common/privacy/master_keys.h"
#include "common/privacy/secret_key.h"
#include "common/storage/customer_key_store.h"

namespace clientele::ingestion {

struct TenantKey {
  uint64_t id;
  privacy::SecretKey key;
};

struct TenantKeys {
  TenantId tenant;
  std::vector<TenantKey> keys;          // At least one, the oldest first.
  privacy::DigestKey customer_digests;  // Under which their keys are kept.
  privacy::DigestKey record_digests;    // See RecordSealer.
  bool plain_record_digests = false;
  int64_t generation = 0;

  const TenantKey& newest() const { return keys.back(); }
  const privacy::SecretKey* Find(uint64_t id) const;  // Null where it is none of these.
};

// A customer's key, unwrapped.
struct OpenKey {
  uint64_t id;
  int64_t generation;
  privacy::SecretKey key;
};
using Keyring = std::vector<OpenKey>;  // Of one customer, the oldest first.

// FAILED_PRECONDITION: a key is wrapped with a master key that is not there. INTERNAL: it is damaged.
absl::StatusOr<TenantKeys> OpenTenantKeys(const TenantId& tenant, const v1::StoredTenantKeys& stored,
                                          const privacy::MasterKeys& master);
// Draws a key, which wraps from now on; with the first, what makes digests.
absl::Status AddTenantKey(const TenantId& tenant, const privacy::MasterKeys& master, absl::Time now,
                          v1::StoredTenantKeys& stored);
// Takes away all keys but the newest.
void DropOldTenantKeys(v1::StoredTenantKeys& stored);
// How many are not wrapped with the newest master key.
int64_t PendingTenantKeys(const v1::StoredTenantKeys& stored, const privacy::MasterKeys& master);
// Wraps those, whatever they were wrapped with, with the newest of `master`.
absl::Status RewrapTenantKeys(const TenantId& tenant, const privacy::MasterKeys& master, v1::StoredTenantKeys& stored);

// Of the current generation. INTERNAL: the machine gives no random bytes.
absl::StatusOr<OpenKey> DrawCustomerKey(const TenantKeys& tenant);
absl::StatusOr<storage::CustomerKey> WrapCustomerKey(const TenantKeys& tenant, const privacy::Digest& customer,
                                                     const OpenKey& key);
// NOT_FOUND: it is wrapped with a key that the tenant has not, or not any more. INTERNAL: it is damaged.
absl::StatusOr<OpenKey> UnwrapCustomerKey(const TenantKeys& tenant, const privacy::Digest& customer,
                                          const storage::CustomerKey& key);
// Whether it is wrapped with another key than the tenant's newest.
bool IsPending(const TenantKeys& tenant, const storage::CustomerKey& key);

}  // namespace clientele::ingestion
