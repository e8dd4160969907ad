// A customer from the customer's records.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "clientele/ingestion/v1/customer_service.pb.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "common/storage/record_store.h"
#include "services/ingestion/records/record_sealer.h"

namespace clientele::ingestion {

// Folds records, oldest first: the newest value of each profile field wins, amounts add up. Thread-compatible.
class CustomerFold {
 public:
  // `opener`, of the customer's tenant, must outlive it.
  explicit CustomerFold(RecordOpener& opener) : opener_(opener) {}

  // INTERNAL where the record is damaged; the errors of the key store.
  absl::Status Add(const storage::StoredRecord& record);

  int64_t record_count() const { return customer_.record_count(); }
  // The customer so far; then begins anew.
  v1::Customer Take(const TenantId& tenant, absl::string_view customer_id, absl::string_view base_currency);

 private:
  RecordOpener& opener_;
  v1::Customer customer_;
  v1::Record scratch_;
};

}  // namespace clientele::ingestion
