// Seals what came in before personal fields were sealed, where it lies: records and quarantine, shard by shard, a few
// hundred in each durable write. It has no memory of its own: what is sealed is left alone, so that whoever begins
// again goes on.
//
// A record is written only where its body is still the one that was read, and only while the keys that it was sealed
// with are there: one that is erased or expires meanwhile stays gone. Cost: a pass over the tenant's records, and some
// 10 us for each that it seals; afterwards the backend takes what was replaced off the disk.
#pragma once

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "common/base/ids.h"
#include "common/base/stop_token.h"
#include "common/storage/record_store.h"
#include "services/ingestion/keys/customer_keys.h"

namespace clientele::ingestion {

struct SealedSoFar {
  int64_t records = 0;
  int64_t rejected = 0;  // In quarantine.
  int shards = 0;        // That it has been through.
};

// OK once nothing of the tenant is in the clear but what came in meanwhile from a program that does not seal. `tell` is
// called after every shard; its error ends it, as that of `stop`. What is done stays.
absl::Status SealStoredRecords(storage::RecordStore& records, CustomerKeys& keys, const TenantId& tenant,
                               const StopToken& stop, absl::FunctionRef<absl::Status(const SealedSoFar&)> tell);

}  // namespace clientele::ingestion
