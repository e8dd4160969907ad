// What ingestion keeps in one place, so that one write can change records and what is known of erasures.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "common/storage/erasure_store.h"
#include "common/storage/record_store.h"

namespace clientele::storage {

class IngestionStore : public RecordStore, public ErasureStore {
 public:
  // Notes whose keys seal what is here: the first store of customers' keys that is told, for ever. FAILED_PRECONDITION:
  // it is another's. A data directory has a note of its own.
  virtual absl::Status BindKeys(uint64_t /*key_store_id*/) { return absl::OkStatus(); }
};

}  // namespace clientele::storage
