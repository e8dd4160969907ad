#include "common/storage/rocksdb/consent_writer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/storage/consent_rules.h"

namespace clientele::storage {
namespace {

using ingestion::v1::ScoringConsent;
using privacy::Digest;

std::string RequestValue(const Digest& customer, const ScoringConsent& consent) {
  return absl::StrCat(customer.ToBytes(), NumberKey(consent.state()), consent.purpose());
}

std::optional<ScoringConsent> ConsentOf(const std::optional<Standing>& standing) {
  return standing ? std::optional(standing->consent) : std::nullopt;
}

}  // namespace

absl::StatusOr<SetConsent> ConsentWriter::Set(const NewConsent& said) {
  const Digest customer = key_.Of(said.customer_id);
  const std::string rest = customer.ToBytes() + TextKey(said.consent.purpose());
  CLIENTELE_ASSIGN_OR_RETURN(const std::optional<Standing> standing, Stands(rest));
  SetConsent result;
  if (standing) result.consent = standing->consent;
  if (!said.request_id.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const bool repeated, IsRepeated(customer, said, result.status));
    if (repeated) return result;
  }
  if (!said.etag.empty() && said.etag != result.consent.etag()) {
    result.status = ConsentChanged();
    return result;
  }
  if (!IsNews(ConsentOf(standing), said.consent)) return result;
  result.consent = Put(customer, rest, standing, said);
  result.changed = true;
  return result;
}

absl::StatusOr<std::optional<Standing>> ConsentWriter::Stands(const std::string& rest) const {
  if (const auto changed = changed_.find(rest); changed != changed_.end()) return changed->second;
  const auto stored = database_.Get(kConsentFamily, ConsentKey(tenant_, kStandingTag, rest));
  if (absl::IsNotFound(stored.status())) return std::nullopt;
  CLIENTELE_RETURN_IF_ERROR(stored.status());
  CLIENTELE_ASSIGN_OR_RETURN(Standing standing, DecodeStanding(*stored));
  return standing;
}

absl::StatusOr<bool> ConsentWriter::IsRepeated(const Digest& customer, const NewConsent& said,
                                               absl::Status& status) const {
  const auto known =
      database_.Get(kConsentJournalFamily, ConsentKey(tenant_, kConsentRequestTag, TextKey(said.request_id)));
  if (absl::IsNotFound(known.status())) return false;
  CLIENTELE_RETURN_IF_ERROR(known.status());
  if (*known != RequestValue(customer, said.consent)) {
    status = ConsentRequestReused();
  }
  return true;
}

ScoringConsent ConsentWriter::Put(const Digest& customer, const std::string& rest,
                                  const std::optional<Standing>& before, const NewConsent& said) {
  rocksdb::ColumnFamilyHandle* const consents = database_.family(kConsentFamily);
  rocksdb::ColumnFamilyHandle* const journal = database_.family(kConsentJournalFamily);
  if (before) batch_.Delete(consents, absl::StrCat(kConsentChanges, NumberKey(before->sequence)));
  const ScoringConsent consent = NextConsent(ConsentOf(before), said.consent);
  const Standing standing{++sequence_, consent};
  batch_.Put(consents, ConsentKey(tenant_, kStandingTag, rest), Encode(standing));
  batch_.Put(consents, absl::StrCat(kConsentChanges, NumberKey(sequence_)),
             absl::StrCat(TextKey(tenant_.value()), customer.ToBytes(), consent.purpose()));
  batch_.Put(consents, ToSlice(kLastConsentSequence), NumberKey(sequence_));
  const ConsentEntry entry{said.request_id, ChangeTo(consent, ConsentOf(before), sequence_)};
  batch_.Put(journal, ConsentKey(tenant_, kEntryTag, customer.ToBytes() + NumberKey(~sequence_)), Encode(entry));
  if (!said.request_id.empty()) {
    batch_.Put(journal, ConsentKey(tenant_, kConsentRequestTag, TextKey(said.request_id)),
               RequestValue(customer, consent));
  }
  changed_[rest] = standing;
  return consent;
}

}  // namespace clientele::storage
