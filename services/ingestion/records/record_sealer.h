// Seals what is personal in records on their way into the store, below validation and above the store, and opens it on
// the way out. What a record's sealed part is for is its place: the tenant, the customer's digest, the source and the
// record id.
//
//   record       sealed: a Record as protobuf with the personal fields alone (personal_fields.h)
//   quarantine   sealed: the whole Record as it came, but for source and customer id, which the store looks at
//
// A record that has something personal is told from others with its id by a digest that has a key, for who has a backup
// could else try out which address or number has that digest.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "common/base/ids.h"
#include "common/privacy/customer_digest.h"
#include "common/storage/record_store.h"
#include "services/ingestion/keys/batch_keys.h"
#include "services/ingestion/keys/customer_keys.h"

namespace clientele::ingestion {

// Whose a record in quarantine is, as far as that can be told; of nobody's, the key is that of no id.
absl::string_view CustomerOf(const v1::RejectedRecord& rejected);

// Seals one batch. For one thread.
class RecordSealer {
 public:
  // Makes the tenant's keys where there are none and something is sealed. `keys` must outlive it.
  RecordSealer(CustomerKeys& keys, TenantId tenant) : customer_keys_(keys), tenant_(std::move(tenant)) {}

  // A record that is standardised and encoded. Where it has nothing personal it stays as it is.
  absl::Status Seal(storage::NewRecord& record);
  absl::Status Seal(v1::RejectedRecord& rejected);
  // Before anything that was sealed is stored; see BatchKeys.
  absl::StatusOr<CustomerKeys::Use> Finish();

 private:
  // Once something is to be sealed.
  absl::Status FindKeys();

  CustomerKeys& customer_keys_;
  const TenantId tenant_;
  std::shared_ptr<const TenantKeys> tenant_keys_;  // Null until something is sealed, as the next.
  std::unique_ptr<BatchKeys> keys_;
  v1::Record record_, personal_;  // Used again and again, as the next: their memory stays.
  std::string bytes_, sealed_;
};

// Opens one tenant's records. For one thread.
class RecordOpener {
 public:
  // `keys` must outlive it.
  RecordOpener(CustomerKeys& keys, TenantId tenant) : keys_(keys), tenant_(std::move(tenant)) {}

  // A stored record as it is handed out, with its ingest time. What was sealed with a key that is destroyed stays
  // empty. INTERNAL: the record is damaged, or is not where it was sealed for. Other errors are the key store's.
  absl::Status Decode(const storage::StoredRecord& stored, v1::Record& record);
  // The same in place, of one from quarantine.
  absl::Status Open(v1::RejectedRecord& rejected);

  // Whether the last record had something sealed that could not be opened any more.
  bool unreadable() const { return unreadable_; }

 private:
  // Finds them the first time; where the tenant has none, nothing of theirs can be read.
  absl::Status FindTenantKeys();
  // What is sealed is merged into `record`.
  absl::Status Open(const privacy::Digest& customer, absl::string_view place, absl::string_view sealed,
                    v1::Record& record);

  CustomerKeys& keys_;
  const TenantId tenant_;
  std::shared_ptr<const TenantKeys> tenant_keys_;  // Null until something sealed is seen.
  bool unreadable_ = false;
};

}  // namespace clientele::ingestion
