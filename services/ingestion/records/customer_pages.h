// Customers page by page, in the order of the shards and of ids within a shard.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/ingestion/v1/customer_service.pb.h"
#include "common/base/stop_token.h"
#include "common/storage/record_store.h"
#include "services/ingestion/keys/customer_keys.h"

namespace clientele::ingestion {

struct CustomerPage {
  std::vector<v1::Customer> customers;
  std::string next_position;  // Where the next page starts; "" after the last.
};

// At most `max_customers`, and no more after `max_bytes`, from `position` on ("" is the beginning). Reads the
// customers' whole histories.
absl::StatusOr<CustomerPage> ReadCustomerPage(const storage::RecordStore& store, CustomerKeys& keys,
                                              const TenantId& tenant, absl::string_view base_currency,
                                              absl::string_view position, int max_customers, size_t max_bytes,
                                              const StopToken& stop);

}  // namespace clientele::ingestion
