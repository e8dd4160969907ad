#include "services/ingestion/privacy/carry_out.h"

#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/ingestion/privacy/identity.h"

namespace clientele::ingestion {
namespace {

using storage::StoredErasure;

constexpr int kRecordsPerStep = 10'000;

absl::Status Check(absl::FunctionRef<bool()> stop) {
  return stop() ? absl::CancelledError("the server is shutting down; the erasure goes on when it is back")
                : absl::OkStatus();
}

// The quarantine goes first: the profiles, which tell what in it is the customer's, are still there then.
absl::Status Erase(const storage::RecordStore& records, storage::ErasureStore& erasures, const TenantId& tenant,
                   const StoredErasure& stored, absl::FunctionRef<bool()> stop) {
  const int64_t number = stored.number();
  if (!stored.customer_id.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const Identity identity, Identity::Find(records, tenant, stored.customer_id));
    CLIENTELE_RETURN_IF_ERROR(erasures.EraseRejected(
        tenant, number, [&](const v1::RejectedRecord& rejected) { return identity.Has(rejected.record()); }));
    for (bool more = true; more;) {
      CLIENTELE_RETURN_IF_ERROR(Check(stop));
      CLIENTELE_ASSIGN_OR_RETURN(more, erasures.EraseRecords(tenant, number, kRecordsPerStep));
    }
    CLIENTELE_RETURN_IF_ERROR(erasures.EraseCustomer(tenant, number));
  }
  CLIENTELE_RETURN_IF_ERROR(Check(stop));
  return erasures.PurgeErased(tenant, number);
}

}  // namespace

absl::Status CarryOut(const storage::RecordStore& records, storage::ErasureStore& erasures,
                      const storage::ErasureNumber& erasure, const Clock& clock, bool reports_awaited,
                      absl::FunctionRef<bool()> stop) {
  const TenantId& tenant = erasure.tenant;
  CLIENTELE_ASSIGN_OR_RETURN(const StoredErasure stored, erasures.ReadErasure(tenant, erasure.number));
  if (storage::Deletes(stored.erasure.verb())) {
    CLIENTELE_RETURN_IF_ERROR(Erase(records, erasures, tenant, stored, stop));
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
