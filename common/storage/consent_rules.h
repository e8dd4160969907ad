// What every backend does alike when a customer says something about being scored.
#pragma once

#include <optional>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "common/storage/consent_store.h"

namespace clientele::storage {

// What was said last counts; of two that were said at one instant, the one that came in last.
inline bool IsNews(const std::optional<ingestion::v1::ScoringConsent>& stands,
                   const ingestion::v1::ScoringConsent& said) {
  if (!stands) return true;
  const absl::Time then = FromProto(stands->effective_time()), now = FromProto(said.effective_time());
  if (now != then) return now > then;
  return said.state() != stands->state() || said.reason() != stands->reason() || said.source() != stands->source();
}

// What stands once `said` is taken.
inline ingestion::v1::ScoringConsent NextConsent(const std::optional<ingestion::v1::ScoringConsent>& stands,
                                                 const ingestion::v1::ScoringConsent& said) {
  ingestion::v1::ScoringConsent next = said;
  next.set_revision(stands ? stands->revision() + 1 : 1);
  next.set_etag(absl::StrCat("r", next.revision()));
  return next;
}

inline ingestion::v1::ScoringConsentChange ChangeTo(const ingestion::v1::ScoringConsent& next,
                                                    const std::optional<ingestion::v1::ScoringConsent>& stands,
                                                    int64_t sequence) {
  ingestion::v1::ScoringConsentChange change;
  change.set_sequence(sequence);
  change.set_from_state(stands ? stands->state() : ingestion::v1::CONSENT_STATE_UNSET);
  *change.mutable_to() = next;
  return change;
}

// What stays of an objection whose customer is erased: that it stands.
inline void StripObjection(ingestion::v1::ScoringConsent& consent) {
  consent.clear_reason();
  consent.clear_source();
  consent.clear_actor();
}

inline absl::Status ConsentChanged() {
  return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
               "the consent has changed since the etag was read; read it again");
}
inline absl::Status ConsentRequestReused() {
  return Error(absl::StatusCode::kAlreadyExists, ErrorReason::kRequestIdReused,
               "the request id stands for another request");
}

}  // namespace clientele::storage
