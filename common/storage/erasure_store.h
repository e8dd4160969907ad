// The seam to what keeps erasures, the list of suppressed customers, and takes customers' data away, in steps that are
// each atomic and durable: whatever crash comes between two, the erasure goes on from what is written. Kept beside the
// records, so that one write can change both. tests/contract runs one suite on each backend.
//
//   BeginErasure           written down; from here on the store accepts nothing of the customer
//   EraseRejected          quarantine
//   EraseRecords ...       records and their identifiers, so many a step, until none is left
//   EraseCustomer          the customer's row; now nothing names the customer but the erasure itself
//   PurgeErased            their bytes leave the files
//   UpdateErasure          which tells those who follow
//
// An erased record's identifier stays as a keyed hash, so that the record does not come back when it is sent again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/ingestion/v1/privacy_service.pb.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "common/base/ids.h"
#include "common/privacy/customer_digest.h"

namespace clientele::storage {

struct StoredErasure {
  ingestion::v1::Erasure erasure;    // As it is told; name, epoch and customer_digest are the store's to set.
  std::string customer_id;           // Whose it is; empty where nothing has to go, or once nothing names the customer.
  int shard = -1;                    // The customer's.
  std::string request_id;            // Empty: none.
  std::vector<std::string> sources;  // Of the records that went: their identifiers' bytes are still to be purged.
  bool records_gone = false;         // Ingestion's own part is done, purge and all.

  int64_t number() const { return erasure.epoch(); }
};

// Whether the verb takes data away.
inline bool Deletes(ingestion::v1::ErasureVerb verb) {
  return verb == ingestion::v1::ERASURE_VERB_SUPPRESS_WITH_DELETE || verb == ingestion::v1::ERASURE_VERB_DELETE_ONLY;
}

// Adds to the count of what went from a store of ingestion.
inline void AddErasedCount(absl::string_view store, common::v1::RecordKind kind, int64_t count,
                           ingestion::v1::Erasure& erasure) {
  if (count == 0) return;
  for (auto& known : *erasure.mutable_counts()) {
    if (known.program() != "ingestion" || known.store() != store || known.kind() != kind) continue;
    known.set_count(known.count() + count);
    return;
  }
  auto& added = *erasure.add_counts();
  added.set_program("ingestion");
  added.set_store(store.data(), store.size());
  added.set_kind(kind);
  added.set_count(count);
}

// A change of an erasure, for those who follow.
struct ErasureChange {
  int64_t sequence = 0;  // Rises over all tenants.
  TenantId tenant;
  StoredErasure stored;  // As it is now.
};

struct ErasureNumber {
  TenantId tenant;
  int64_t number = 0;
};

// Thread-safe. Errors of every call: UNAVAILABLE or INTERNAL with STORAGE_FAILED.
class ErasureStore {
 public:
  virtual ~ErasureStore() = default;

  // Writes a new erasure under the tenant's next number and does to the suppression list what its verb says, in one
  // step; a verb that deletes suppresses the customer at least until the records are gone. When it returns, nothing of
  // the customer is being written and nothing will be. A request id that was used before gives what it stands for, as
  // it is now: ALREADY_EXISTS (REQUEST_ID_REUSED) where that is another customer or verb. FAILED_PRECONDITION
  // (ERASURE_NOT_FINISHED): UNSUPPRESS while another erasure of the customer is under way.
  virtual absl::StatusOr<StoredErasure> BeginErasure(const TenantId& tenant, const StoredErasure& draft) = 0;

  // NOT_FOUND (ERASURE_NOT_FOUND).
  virtual absl::StatusOr<StoredErasure> ReadErasure(const TenantId& tenant, int64_t number) const = 0;
  // Newest first, of those before the number `before` (0: from the newest on); false stops.
  virtual absl::Status ListErasures(const TenantId& tenant, int64_t before,
                                    absl::FunctionRef<bool(const StoredErasure&)> visit) const = 0;
  // Those whose records are not gone, over all tenants, in the order they began within one.
  virtual std::vector<ErasureNumber> UnfinishedErasures() const = 0;
  // Changes after `sequence`, at most `most`, in order; of an erasure that changed more than once, maybe only the last.
  virtual absl::StatusOr<std::vector<ErasureChange>> ReadErasureChanges(int64_t sequence, int most) const = 0;

  // Reads, lets `change` change and writes: durable, and a change for those who follow where records_gone becomes true.
  // Then a suppression for the time of the erasure alone ends.
  virtual absl::StatusOr<StoredErasure> UpdateErasure(const TenantId& tenant, int64_t number,
                                                      absl::FunctionRef<void(StoredErasure&)> change) = 0;

  // Takes away what of the quarantine `is_theirs`, and counts it in the erasure.
  virtual absl::Status EraseRejected(const TenantId& tenant, int64_t number,
                                     absl::FunctionRef<bool(const ingestion::v1::RejectedRecord&)> is_theirs) = 0;
  // Takes away at most `most` of the customer's records, with their identifiers, and counts them in the erasure. False
  // once there are none.
  virtual absl::StatusOr<bool> EraseRecords(const TenantId& tenant, int64_t number, int most) = 0;
  // Takes away the customer's row, counts it, and forgets whose erasure it is. Again: nothing.
  virtual absl::Status EraseCustomer(const TenantId& tenant, int64_t number) = 0;
  // Rewrites the files that may still hold bytes of what was taken away. Cost: a read and a write of the customer's
  // shard, of the identifiers of the sources of the records, and of the quarantine, of the tenant.
  virtual absl::Status PurgeErased(const TenantId& tenant, int64_t number) = 0;

  // Whether the tenant's records of this customer are refused, and the customer is left out of datasets.
  virtual bool IsSuppressed(const TenantId& tenant, absl::string_view customer_id) const = 0;
  // The records of all customers of erasures up to this number are gone.
  virtual int64_t ErasureEpoch(const TenantId& tenant) const = 0;
  // The key of the tenant's digests; it is drawn with the first erasure. NOT_FOUND: there was none.
  virtual absl::StatusOr<privacy::DigestKey> DigestKeyOf(const TenantId& tenant) const = 0;
};

}  // namespace clientele::storage
