#include "services/ingestion/privacy/customer_export.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/ingestion/privacy/identity.h"
#include "services/ingestion/records/customer_fold.h"
#include "services/ingestion/records/record_form.h"

namespace clientele::ingestion {
namespace {

absl::Status Gone() { return absl::CancelledError("the receiver has gone"); }

}  // namespace

absl::Status ExportCustomer(const storage::RecordStore& store, const TenantId& tenant, absl::string_view customer_id,
                            absl::string_view base_currency, const StopToken& stop, ExportSink sink) {
  CustomerFold fold;
  absl::Status status;
  CLIENTELE_RETURN_IF_ERROR(store.ScanCustomer(tenant, customer_id, [&](const storage::StoredRecord& record) {
    status = fold.Add(record);
    return status.ok();
  }));
  CLIENTELE_RETURN_IF_ERROR(status);
  bool found = fold.record_count() > 0;
  if (found) {
    v1::ExportCustomerDataResponse part;
    *part.mutable_profile() = fold.Take(tenant, customer_id, base_currency);
    if (!sink(part)) return Gone();
  }
  CLIENTELE_RETURN_IF_ERROR(store.ScanCustomer(tenant, customer_id, [&](const storage::StoredRecord& record) {
    v1::ExportCustomerDataResponse part;
    status = stop.Check();
    if (status.ok()) status = DecodeRecord(record, *part.mutable_record());
    if (status.ok() && !sink(part)) status = Gone();
    return status.ok();
  }));
  CLIENTELE_RETURN_IF_ERROR(status);
  CLIENTELE_ASSIGN_OR_RETURN(const Identity identity, Identity::Find(store, tenant, customer_id));
  CLIENTELE_RETURN_IF_ERROR(store.ListRejected(tenant, "", [&](const v1::RejectedRecord& rejected, absl::string_view) {
    if (!identity.Has(rejected.record())) return true;
    found = true;
    v1::ExportCustomerDataResponse part;
    *part.mutable_rejected_record() = rejected;
    status = sink(part) ? stop.Check() : Gone();
    return status.ok();
  }));
  CLIENTELE_RETURN_IF_ERROR(status);
  if (found) return absl::OkStatus();
  return Error(absl::StatusCode::kNotFound, ErrorReason::kCustomerNotFound, "nothing is kept of the customer");
}

}  // namespace clientele::ingestion
