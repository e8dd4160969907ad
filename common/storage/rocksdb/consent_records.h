// How consents lie in RocksDB. Keys as common/storage/rocksdb/database.h writes texts and numbers; families:
//
// consents  text(tenant) 'a'                       -> 16 bytes: the key of the tenant's digests
//           text(tenant) 'c' digest text(purpose)  -> u64(sequence) ScoringConsent: what stands, since that change
//           0x00 'c' u64(sequence)                 -> text(tenant) digest purpose; one for each that stands
//           0x00 'n'                               -> u64(sequence): the last that was given
// journal   text(tenant) 'j' digest u64(~sequence) -> text(request id) ScoringConsentChange
//           text(tenant) 'q' text(request id)      -> digest u64(state) purpose
//           text(tenant) 'e' u64(erasure)          -> u64(consents) u64(changes): what an erasure took away
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/ingestion/v1/consent_service.pb.h"
#include "common/base/ids.h"
#include "common/privacy/customer_digest.h"
#include "common/storage/consent_store.h"

namespace clientele::storage {

inline constexpr size_t kConsentFamily = 0, kConsentJournalFamily = 1;
inline constexpr char kConsentKeyTag = 'a', kStandingTag = 'c', kEntryTag = 'j', kConsentRequestTag = 'q',
                      kErasedConsentsTag = 'e';
inline constexpr absl::string_view kConsentChanges("\0c", 2), kLastConsentSequence("\0n", 2);
inline constexpr size_t kDigestBytes = 16;

// INTERNAL with STORAGE_FAILED.
absl::Status DamagedConsent();

std::string ConsentKey(const TenantId& tenant, char tag, absl::string_view rest = "");
// "u64(number)", "text(text)".
std::string NumberKey(int64_t number);
std::string TextKey(absl::string_view text);
// Take them off the front of `bytes`.
bool ReadConsentNumber(absl::string_view& bytes, int64_t& number);
bool ReadDigest(absl::string_view& bytes, privacy::Digest& digest);

// What stands.
struct Standing {
  int64_t sequence = 0;
  ingestion::v1::ScoringConsent consent;

  bool opted_out() const { return consent.state() == ingestion::v1::CONSENT_STATE_WITHDRAWN; }
};
std::string Encode(const Standing& standing);
absl::StatusOr<Standing> DecodeStanding(absl::string_view bytes);

// Of the journal.
struct ConsentEntry {
  std::string request_id;
  ingestion::v1::ScoringConsentChange change;
};
std::string Encode(const ConsentEntry& entry);
absl::StatusOr<ConsentEntry> DecodeConsentEntry(absl::string_view bytes);

std::string Encode(const ErasedConsents& counts);
absl::StatusOr<ErasedConsents> DecodeErasedConsents(absl::string_view bytes);

}  // namespace clientele::storage
