// Everything about keys that the program is built of: the store of customers' keys, the master key that unwraps it, its
// copy beside the backups, and what wraps keys anew.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/privacy/master_key_source.h"
#include "common/storage/customer_key_store.h"
#include "common/storage/record_store.h"
#include "common/storage/rocksdb/database_set.h"
#include "services/ingestion/keys/customer_keys.h"
#include "services/ingestion/keys/key_copies.h"
#include "services/ingestion/keys/key_rotation.h"
#include "services/ingestion/service_settings.h"

namespace clientele::ingestion {

// Thread-safe.
class KeyVault {
 public:
  // Makes a master key where there is no file of them and nothing is wrapped yet, and says so in the log.
  // FAILED_PRECONDITION: the keys, or the master key, are not those of what is stored. All must outlive it.
  static absl::StatusOr<std::unique_ptr<KeyVault>> Open(const ServiceSettings& settings,
                                                        privacy::MasterKeySource master_source,
                                                        const storage::RecordStore& records, const Clock& clock);

  CustomerKeys& keys() { return *keys_; }
  KeyRotation& rotation() { return *rotation_; }
  const privacy::MasterKeySource& master() const { return master_; }
  KeyCopies& copies() { return copies_; }

 private:
  KeyVault(const ServiceSettings& settings, privacy::MasterKeySource master, const Clock& clock);

  const privacy::MasterKeySource master_;
  storage::DatabaseSet databases_;  // One of its own: what the backups of the records copy is another.
  KeyCopies copies_;
  std::unique_ptr<storage::CustomerKeyStore> store_;
  std::unique_ptr<CustomerKeys> keys_;
  std::unique_ptr<KeyRotation> rotation_;
};

}  // namespace clientele::ingestion
