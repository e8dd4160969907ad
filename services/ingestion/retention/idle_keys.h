// Customers' keys that open nothing any more: retention has taken away the last that they sealed. They are destroyed,
// so that copies of it in old backups are unreadable too.
#pragma once

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "common/storage/record_store.h"
#include "services/ingestion/keys/customer_keys.h"

namespace clientele::ingestion {

// Of how many customers. Nothing that is written meanwhile loses its key: see CustomerKeys::UseWatch. Where other
// programs use the same keys, nobody knows what these are writing, so none is destroyed. `stop` is asked shard by
// shard; CANCELLED. Cost: a pass over the tenant's records and keys, and 16 bytes a customer.
absl::StatusOr<int64_t> DestroyIdleKeys(const storage::RecordStore& records, CustomerKeys& keys, const TenantId& tenant,
                                        absl::FunctionRef<bool()> stop);

}  // namespace clientele::ingestion
