// The keys that one batch of a tenant's records is sealed with.
#pragma once

#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/ingestion/keys/customer_keys.h"

namespace clientele::ingestion {

// For one thread.
//
//   BatchKeys keys(customer_keys, tenant_keys);
//   ... keys.Seal(customer, place, bytes, sealed) ...
//   CLIENTELE_RETURN_IF_ERROR(keys.Finish());              // Before anything that was sealed is stored.
class BatchKeys {
 public:
  // Both must outlive it.
  BatchKeys(CustomerKeys& keys, const TenantKeys& tenant);

  // Seals with the customer's newest key, or with one that is drawn where they have none of the tenant's generation.
  // Appends to `sealed`.
  absl::Status Seal(const privacy::Digest& customer, absl::string_view place, absl::string_view bytes,
                    std::string& sealed);
  // Makes what was drawn durable.
  absl::Status Finish();
  // What CustomerKeys::CheckThere wants to know of it.
  CustomerKeys::Use TakeUse() { return std::move(use_); }

 private:
  // What the batch seals a customer's values with from now on.
  absl::StatusOr<const OpenKey*> Current(const privacy::Digest& customer);

  CustomerKeys& keys_;
  const TenantKeys& tenant_;
  CustomerKeys::Use use_;
  absl::node_hash_map<privacy::Digest, OpenKey> current_;
  std::vector<CustomerKeys::Drawn> drawn_;
};

}  // namespace clientele::ingestion
