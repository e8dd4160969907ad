// The seam to what keeps the keys that customers' personal fields are sealed with. They lie apart from the records, so
// that no copy of the records holds a key: once a customer's keys are destroyed here, no backup of the records tells
// what was sealed. tests/contract runs one suite on each backend.
//
// All keys here are wrapped, that is sealed (common/privacy/sealed.h): a customer's with one of their tenant's, a
// tenant's with the platform's master key, which is never here.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "clientele/ingestion/v1/customer_keys.pb.h"
#include "common/base/ids.h"
#include "common/privacy/customer_digest.h"

namespace clientele::storage {

struct CustomerKey {
  uint64_t id = 0;         // Drawn: no other key has it.
  int64_t generation = 0;  // Of the tenant's customer keys, when it was drawn.
  std::string wrapped;

  friend bool operator==(const CustomerKey&, const CustomerKey&) = default;
};

// One customer, by the tenant's keyed hash, and a key of theirs.
using KeyOfCustomer = std::pair<privacy::Digest, CustomerKey>;

// Thread-safe. Errors: UNAVAILABLE or INTERNAL with reason STORAGE_FAILED. What is written is durable when a call
// returns.
class CustomerKeyStore {
 public:
  virtual ~CustomerKeyStore() = default;

  // Drawn when the store was made. A copy of the store has the same.
  virtual uint64_t id() const = 0;

  // Whether other programs use the same keys: then a tenant's are read again from time to time, customers' are added
  // and replaced with the calls that say what wraps them, and destructions are looked for before anything that was
  // sealed is written.
  virtual bool IsShared() const { return false; }
  // Rises when keys are destroyed, by whichever program.
  virtual absl::StatusOr<int64_t> Destructions() const { return 0; }

  // NOT_FOUND where there is nothing of the tenant.
  virtual absl::StatusOr<ingestion::v1::StoredTenantKeys> GetTenant(const TenantId& tenant) const = 0;
  // Reads (nothing is an empty message), lets `change` change and writes, in one step; what is then stored. The error
  // of `change`, which then changes nothing.
  virtual absl::StatusOr<ingestion::v1::StoredTenantKeys> ChangeTenant(
      const TenantId& tenant, absl::FunctionRef<absl::Status(ingestion::v1::StoredTenantKeys&)> change) = 0;
  virtual absl::StatusOr<std::vector<TenantId>> ListTenants() const = 0;  // In order.

  // Each customer's keys, the oldest first; none for an unknown one.
  virtual absl::StatusOr<std::vector<std::vector<CustomerKey>>> Find(
      const TenantId& tenant, absl::Span<const privacy::Digest> customers) const = 0;
  // Adds keys behind those that the customers have.
  virtual absl::Status Add(const TenantId& tenant, absl::Span<const KeyOfCustomer> keys) = 0;
  // The same for keys that this key of the tenant's wraps. ABORTED: it is not the tenant's newest any more.
  virtual absl::Status AddWrapped(const TenantId& tenant, uint64_t /*tenant_key*/,
                                  absl::Span<const KeyOfCustomer> keys) {
    return Add(tenant, keys);
  }
  // Puts these in the place of those with the same id; what is not there any more does not come back.
  virtual absl::Status Replace(const TenantId& tenant, absl::Span<const KeyOfCustomer> keys) = 0;
  // As AddWrapped.
  virtual absl::Status ReplaceWrapped(const TenantId& tenant, uint64_t /*tenant_key*/,
                                      absl::Span<const KeyOfCustomer> keys) {
    return Replace(tenant, keys);
  }
  // Every customer's keys, in the order of the digests; false stops. A consistent snapshot as of the call.
  virtual absl::Status ForEach(
      const TenantId& tenant,
      absl::FunctionRef<bool(const privacy::Digest&, const std::vector<CustomerKey>&)> visit) const = 0;

  // Takes away all keys of a customer: how many they were.
  virtual absl::StatusOr<int64_t> Destroy(const TenantId& tenant, const privacy::Digest& customer) = 0;
  // Rewrites the files that may still hold bytes of the tenant's keys that were destroyed or replaced.
  virtual absl::Status Purge(const TenantId& tenant) = 0;
};

}  // namespace clientele::storage
