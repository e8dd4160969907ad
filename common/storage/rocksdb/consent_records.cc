#include "common/storage/rocksdb/consent_records.h"

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {

absl::Status DamagedConsent() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored consent is damaged");
}

std::string ConsentKey(const TenantId& tenant, char tag, absl::string_view rest) {
  return absl::StrCat(TextKey(tenant.value()), absl::string_view(&tag, 1), rest);
}

std::string NumberKey(int64_t number) {
  std::string bytes;
  AppendUnsigned64(static_cast<uint64_t>(number), bytes);
  return bytes;
}

std::string TextKey(absl::string_view text) {
  std::string bytes;
  AppendText(text, bytes);
  return bytes;
}

bool ReadConsentNumber(absl::string_view& bytes, int64_t& number) {
  uint64_t bits = 0;
  if (!ReadUnsigned64(bytes, bits)) return false;
  number = static_cast<int64_t>(bits);
  return true;
}

bool ReadDigest(absl::string_view& bytes, privacy::Digest& digest) {
  const auto read = privacy::Digest::FromBytes(bytes.substr(0, kDigestBytes));
  if (!read) return false;
  digest = *read;
  bytes.remove_prefix(kDigestBytes);
  return true;
}

std::string Encode(const Standing& standing) {
  return NumberKey(standing.sequence) + standing.consent.SerializeAsString();
}

absl::StatusOr<Standing> DecodeStanding(absl::string_view bytes) {
  Standing standing;
  if (!ReadConsentNumber(bytes, standing.sequence) ||
      !standing.consent.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return DamagedConsent();
  }
  return standing;
}

std::string Encode(const ConsentEntry& entry) { return TextKey(entry.request_id) + entry.change.SerializeAsString(); }

absl::StatusOr<ConsentEntry> DecodeConsentEntry(absl::string_view bytes) {
  ConsentEntry entry;
  std::string scratch;
  absl::string_view request_id;
  if (!ReadText(bytes, scratch, request_id)) return DamagedConsent();
  entry.request_id = std::string(request_id);
  if (!entry.change.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return DamagedConsent();
  return entry;
}

std::string Encode(const ErasedConsents& counts) { return NumberKey(counts.consents) + NumberKey(counts.changes); }

absl::StatusOr<ErasedConsents> DecodeErasedConsents(absl::string_view bytes) {
  ErasedConsents counts;
  if (!ReadConsentNumber(bytes, counts.consents) || !ReadConsentNumber(bytes, counts.changes)) return DamagedConsent();
  return counts;
}

}  // namespace clientele::storage
