// The seam to what keeps customers' consents to being scored: what stands, by purpose, and the journal of how it came
// so. Customers are known by a keyed hash of their ids alone. One folder a backend; tests/contract runs one suite on
// each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/ingestion/v1/consent_service.pb.h"
#include "common/base/ids.h"
#include "common/privacy/customer_digest.h"

namespace clientele::storage {

// What a customer said. Of the consent, etag and revision are the store's to set; effective_time and update_time are
// the caller's.
struct NewConsent {
  std::string customer_id;
  ingestion::v1::ScoringConsent consent;
  std::string request_id = {};  // Empty: none.
  std::string etag = {};        // Of what stands; empty: whatever does.
};

struct SetConsent {
  absl::Status status;                    // ABORTED (ETAG_MISMATCH), ALREADY_EXISTS (REQUEST_ID_REUSED).
  ingestion::v1::ScoringConsent consent;  // That stands now.
  bool changed = false;
};

// What stands for one customer and purpose, for those who follow.
struct ConsentStanding {
  int64_t sequence = 0;  // Rises over all tenants.
  TenantId tenant;
  privacy::Digest customer;
  std::string purpose;
  ingestion::v1::ConsentState state = ingestion::v1::CONSENT_STATE_UNSET;
};

// How much of a customer an erasure took away.
struct ErasedConsents {
  int64_t consents = 0;
  int64_t changes = 0;

  friend bool operator==(const ErasedConsents&, const ErasedConsents&) = default;
};

// Thread-safe. Errors of every call beside those named: UNAVAILABLE or INTERNAL with STORAGE_FAILED.
class ConsentStore {
 public:
  virtual ~ConsentStore() = default;

  // Takes all of them, in their order, in one durable step; those with an error of their own change nothing. What was
  // said last counts: one whose effective_time is before that of what stands changes nothing, nor does one that is what
  // stands. A request id that was used before gives what stands, unless it came with another customer, purpose or
  // state.
  virtual absl::StatusOr<std::vector<SetConsent>> SetConsents(const TenantId& tenant,
                                                              absl::Span<const NewConsent> consents) = 0;

  // By purpose, all purposes first.
  virtual absl::StatusOr<std::vector<ingestion::v1::ScoringConsent>> ReadConsents(
      const TenantId& tenant, absl::string_view customer_id) const = 0;
  // At most `most` entries of the customer's journal with sequences below `before` (0: from the newest on), newest
  // first.
  virtual absl::StatusOr<std::vector<ingestion::v1::ScoringConsentChange>> ReadConsentJournal(
      const TenantId& tenant, absl::string_view customer_id, int64_t before, int most) const = 0;

  // What changed after `sequence`, at most `most`, in order; of what changed more than once, the last alone.
  virtual absl::StatusOr<std::vector<ConsentStanding>> ReadConsentChanges(int64_t sequence, int most) const = 0;

  // What EraseConsents would take away.
  virtual absl::StatusOr<ErasedConsents> CountErasableConsents(const TenantId& tenant,
                                                               absl::string_view customer_id) const = 0;
  // For the erasure of that number: takes away the customer's journal, everything but objections, and of these all but
  // that they stand; then their bytes leave the files. Again for the same erasure: the same counts.
  virtual absl::StatusOr<ErasedConsents> EraseConsents(const TenantId& tenant, int64_t erasure,
                                                       absl::string_view customer_id) = 0;

  // Whether the customer has opted out of all purposes, or of this one. Without a look at the disk.
  virtual bool HasOptedOut(const TenantId& tenant, absl::string_view customer_id, absl::string_view purpose) const = 0;
  // The key of the tenant's digests. NOT_FOUND: nobody has said anything yet.
  virtual absl::StatusOr<privacy::DigestKey> ConsentKeyOf(const TenantId& tenant) const = 0;
};

}  // namespace clientele::storage
