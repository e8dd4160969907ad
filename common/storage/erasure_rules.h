// What every backend does alike when an erasure begins and ends.
#pragma once

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "common/privacy/customer_digest.h"
#include "common/privacy/erasure_name.h"
#include "common/storage/erasure_store.h"

namespace clientele::storage {

inline privacy::Digest DigestOf(const ingestion::v1::Erasure& erasure) {
  return privacy::Digest::FromBytes(absl::HexStringToBytes(erasure.customer_digest())).value_or(privacy::Digest());
}

// What an erasure does to the list of suppressed customers as it begins.
enum class Suppression { kBegin, kStay, kLift };
inline Suppression SuppressionBy(ingestion::v1::ErasureVerb verb, bool is_suppressed) {
  if (verb == ingestion::v1::ERASURE_VERB_UNSUPPRESS) return Suppression::kLift;
  // Whom an earlier erasure suppresses for good stays so when this one only deletes.
  const bool only_deletes = verb == ingestion::v1::ERASURE_VERB_DELETE_ONLY;
  return only_deletes && is_suppressed ? Suppression::kStay : Suppression::kBegin;
}

// The erasure that a draft becomes under its number.
inline StoredErasure Numbered(const TenantId& tenant, const StoredErasure& draft, int64_t number,
                              const privacy::Digest& customer) {
  StoredErasure stored = draft;
  stored.erasure.set_name(privacy::FormatErasure(tenant, number));
  stored.erasure.set_epoch(number);
  stored.erasure.set_customer_digest(customer.ToHex());
  stored.shard = ShardOf(tenant, draft.customer_id);
  if (!Deletes(draft.erasure.verb())) stored.customer_id.clear();
  return stored;
}

// The erasure that a draft's request id stands for, `known`, where it is the same request. ALREADY_EXISTS
// (REQUEST_ID_REUSED).
inline absl::StatusOr<StoredErasure> CheckRequested(StoredErasure known, const StoredErasure& draft,
                                                    const privacy::Digest& customer) {
  if (known.erasure.customer_digest() == customer.ToHex() && known.erasure.verb() == draft.erasure.verb()) return known;
  return Error(absl::StatusCode::kAlreadyExists, ErrorReason::kRequestIdReused,
               absl::StrCat("the request id stands for another request, ", known.erasure.name()));
}

inline absl::Status NotFinished() {
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kErasureNotFinished,
               "an erasure of the customer is under way; ask again once it is done");
}

inline absl::Status NoSuchErasure(const TenantId& tenant, int64_t number) {
  return Error(absl::StatusCode::kNotFound, ErrorReason::kErasureNotFound,
               absl::StrCat("there is no ", privacy::FormatErasure(tenant, number)));
}

// Keeps the earliest ingest time of what went.
inline void NoteIngestTime(int64_t micros, ingestion::v1::Erasure& erasure) {
  const absl::Time time = absl::FromUnixMicros(micros);
  if (erasure.has_first_ingest_time() && FromProto(erasure.first_ingest_time()) <= time) return;
  *erasure.mutable_first_ingest_time() = ToProto(time);
}

}  // namespace clientele::storage
