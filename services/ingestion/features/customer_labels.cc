#include "services/ingestion/features/customer_labels.h"

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/ingestion/features/labels.h"

namespace clientele::features {

absl::StatusOr<CustomerLabel> ReadCustomerLabel(const storage::RecordStore& store, const TenantId& tenant,
                                                absl::string_view customer_id, const common::v1::Label& label,
                                                absl::Time as_of, absl::Time known_at, absl::TimeZone zone) {
  LabelReader reader(label, as_of, known_at, zone);
  reader.Begin();
  CustomerLabel result;
  bool damaged = false;
  CLIENTELE_RETURN_IF_ERROR(store.ScanCustomer(tenant, customer_id, [&](const storage::StoredRecord& record) {
    result.found = result.found || record.ingest_time_micros <= absl::ToUnixMicros(known_at);
    damaged = !reader.Add(record);
    return !damaged;
  }));
  if (damaged) return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored record is damaged");
  double value = 0;
  const bool over = EndOf(label, as_of) <= known_at;
  if (result.found && over && reader.Finish(value)) result.value = value;
  return result;
}

}  // namespace clientele::features
