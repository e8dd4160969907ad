// A customer from the customer's records.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "clientele/ingestion/v1/customer_service.pb.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "common/storage/record_store.h"

namespace clientele::ingestion {

// Folds records, oldest first: the newest value of each profile field wins, amounts add up. Thread-compatible.
class CustomerFold {
 public:
  // INTERNAL where the record is damaged.
  absl::Status Add(const storage::StoredRecord& record);

  int64_t record_count() const { return customer_.record_count(); }
  // The customer so far; then begins anew.
  v1::Customer Take(const TenantId& tenant, absl::string_view customer_id, absl::string_view base_currency);

 private:
  v1::Customer customer_;
  v1::Record scratch_;
};

}  // namespace clientele::ingestion
