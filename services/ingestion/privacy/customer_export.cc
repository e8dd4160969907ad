#include "services/ingestion/privacy/customer_export.h"

#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/ingestion/privacy/identity.h"
#include "services/ingestion/records/customer_fold.h"
#include "services/ingestion/records/record_sealer.h"

namespace clientele::ingestion {
namespace {

absl::Status Gone() { return absl::CancelledError("the receiver has gone"); }

}  // namespace

absl::Status ExportCustomer(const storage::RecordStore& store, const storage::ConsentStore& consents,
                            CustomerKeys& keys, const TenantId& tenant, absl::string_view customer_id, absl::string_view base_currency,
                            const StopToken& stop, ExportSink sink) {
  RecordOpener opener(keys, tenant);
  CustomerFold fold(opener);
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
    if (status.ok()) status = opener.Decode(record, *part.mutable_record());
    if (status.ok() && !sink(part)) status = Gone();
    return status.ok();
  }));
  CLIENTELE_RETURN_IF_ERROR(status);
  CLIENTELE_ASSIGN_OR_RETURN(const Identity identity, Identity::Find(store, opener, tenant, customer_id));
  CLIENTELE_RETURN_IF_ERROR(store.ListRejected(tenant, "", [&](const v1::RejectedRecord& rejected, absl::string_view) {
    v1::ExportCustomerDataResponse part;
    *part.mutable_rejected_record() = rejected;
    status = opener.Open(*part.mutable_rejected_record());
    if (!status.ok() || !identity.Has(part.rejected_record().record())) return status.ok();
    found = true;
    status = sink(part) ? stop.Check() : Gone();
    return status.ok();
  }));
  CLIENTELE_RETURN_IF_ERROR(status);
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<v1::ScoringConsent> said, consents.ReadConsents(tenant, customer_id));
  for (v1::ScoringConsent& consent : said) {
    found = true;
    v1::ExportCustomerDataResponse part;
    *part.mutable_scoring_consent() = std::move(consent);
    if (!sink(part)) return Gone();
  }
  if (found) return absl::OkStatus();
  return Error(absl::StatusCode::kNotFound, ErrorReason::kCustomerNotFound, "nothing is kept of the customer");
}

}  // namespace clientele::ingestion
