#include "services/ingestion/privacy/carry_out.h"

#include <algorithm>

#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/ingestion/privacy/identity.h"

namespace clientele::ingestion {
namespace {

using storage::StoredErasure;

constexpr int kRecordsPerStep = 10'000;
constexpr char kConsents[] = "consents", kConsentChanges[] = "consent changes", kCustomerKeys[] = "customer keys";

absl::Status Check(absl::FunctionRef<bool()> stop) {
  return stop() ? absl::CancelledError("the server is shutting down; the erasure goes on when it is back")
                : absl::OkStatus();
}

// Objections stay: nobody but their digest tells whose they are.
absl::Status EraseConsents(storage::ErasureStore& erasures, storage::ConsentStore& consents, const TenantId& tenant,
                           const StoredErasure& stored) {
  CLIENTELE_ASSIGN_OR_RETURN(const storage::ErasedConsents erased,
                             consents.EraseConsents(tenant, stored.number(), stored.customer_id));
  if (erased == storage::ErasedConsents()) return absl::OkStatus();
  return erasures
      .UpdateErasure(tenant, stored.number(),
                     [&erased](StoredErasure& counted) { NoteErasedConsents(erased, counted.erasure); })
      .status();
}

// What was sealed with them can be read nowhere any more, whatever backup it is in.
absl::Status DestroyKeys(storage::ErasureStore& erasures, CustomerKeys& keys, const TenantId& tenant,
                         const StoredErasure& stored) {
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t count, keys.Count(tenant, stored.customer_id));
  if (count > 0) {  // Written down first: afterwards nobody could count them.
    CLIENTELE_RETURN_IF_ERROR(
        erasures
            .UpdateErasure(tenant, stored.number(),
                           [&](StoredErasure& counted) { NoteDestroyedKeys(count, counted.erasure); })
            .status());
  }
  return keys.Destroy(tenant, stored.customer_id);
}

// The quarantine goes before the records: the profiles, which tell what in it is the customer's, are still there then.
// Then the keys, which opened them.
absl::Status Erase(const storage::RecordStore& records, storage::ErasureStore& erasures,
                   storage::ConsentStore& consents, CustomerKeys& keys, const TenantId& tenant,
                   const StoredErasure& stored, absl::FunctionRef<bool()> stop) {
  const int64_t number = stored.number();
  if (!stored.customer_id.empty()) {
    CLIENTELE_RETURN_IF_ERROR(EraseConsents(erasures, consents, tenant, stored));
    RecordOpener opener(keys, tenant);
    CLIENTELE_ASSIGN_OR_RETURN(const Identity identity, Identity::Find(records, opener, tenant, stored.customer_id));
    absl::Status opened;
    CLIENTELE_RETURN_IF_ERROR(erasures.EraseRejected(tenant, number, [&](v1::RejectedRecord rejected) {
      opened.Update(opener.Open(rejected));
      return identity.Has(rejected.record());
    }));
    CLIENTELE_RETURN_IF_ERROR(opened);
    for (bool more = true; more;) {
      CLIENTELE_RETURN_IF_ERROR(Check(stop));
      CLIENTELE_ASSIGN_OR_RETURN(more, erasures.EraseRecords(tenant, number, kRecordsPerStep));
    }
    CLIENTELE_RETURN_IF_ERROR(DestroyKeys(erasures, keys, tenant, stored));
    CLIENTELE_RETURN_IF_ERROR(erasures.EraseCustomer(tenant, number));
  }
  CLIENTELE_RETURN_IF_ERROR(Check(stop));
  return erasures.PurgeErased(tenant, number);
}

}  // namespace

void NoteDestroyedKeys(int64_t count, v1::Erasure& erasure) {
  const bool noted = std::any_of(erasure.counts().begin(), erasure.counts().end(),
                                 [](const auto& known) { return known.store() == kCustomerKeys; });
  if (!noted) storage::AddErasedCount(kCustomerKeys, common::v1::RECORD_KIND_UNSPECIFIED, count, erasure);
}

void NoteErasedConsents(const storage::ErasedConsents& erased, v1::Erasure& erasure) {
  // Maybe by an attempt that was cut short.
  const bool noted = std::any_of(erasure.counts().begin(), erasure.counts().end(),
                                 [](const auto& count) { return count.store() == kConsentChanges; });
  if (noted) return;
  storage::AddErasedCount(kConsents, common::v1::RECORD_KIND_UNSPECIFIED, erased.consents, erasure);
  storage::AddErasedCount(kConsentChanges, common::v1::RECORD_KIND_UNSPECIFIED, erased.changes, erasure);
}

absl::Status CarryOut(const storage::RecordStore& records, storage::ErasureStore& erasures,
                      storage::ConsentStore& consents, CustomerKeys& keys, const storage::ErasureNumber& erasure,
                      const Clock& clock, bool reports_awaited, absl::FunctionRef<bool()> stop) {
  const TenantId& tenant = erasure.tenant;
  CLIENTELE_ASSIGN_OR_RETURN(const StoredErasure stored, erasures.ReadErasure(tenant, erasure.number));
  if (storage::Deletes(stored.erasure.verb())) {
    CLIENTELE_RETURN_IF_ERROR(Erase(records, erasures, consents, keys, tenant, stored, stop));
  }
  return erasures
      .UpdateErasure(
          tenant, erasure.number,
          [&](StoredErasure& done) {
            done.records_gone = true;
            *done.erasure.mutable_erase_time() = ToProto(clock.Now());
            done.erasure.set_state(reports_awaited ? v1::Erasure::STATE_AWAITING_REPORTS : v1::Erasure::STATE_COMPLETE);
            if (!reports_awaited) *done.erasure.mutable_complete_time() = done.erasure.erase_time();
          })
      .status();
}

}  // namespace clientele::ingestion
