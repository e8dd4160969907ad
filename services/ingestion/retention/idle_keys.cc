#include "services/ingestion/retention/idle_keys.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "common/base/status_macros.h"
#include "services/ingestion/records/personal_fields.h"
#include "services/ingestion/records/record_form.h"
#include "services/ingestion/records/record_sealer.h"

namespace clientele::ingestion {
namespace {

using privacy::Digest;
using Customers = absl::flat_hash_set<Digest>;

absl::StatusOr<std::vector<Digest>> CustomersWithKeys(CustomerKeys& keys, const TenantId& tenant) {
  std::vector<Digest> customers;
  CLIENTELE_RETURN_IF_ERROR(
      keys.store().ForEach(tenant, [&](const Digest& customer, const std::vector<storage::CustomerKey>&) {
        customers.push_back(customer);
        return true;
      }));
  return customers;
}

// Of whom something sealed is stored.
absl::StatusOr<Customers> SealedCustomers(const storage::RecordStore& records, const privacy::DigestKey& digests,
                                          const TenantId& tenant, absl::FunctionRef<bool()> stop) {
  Customers customers;
  CLIENTELE_RETURN_IF_ERROR(
      records.ListRejected(tenant, "", [&](const v1::RejectedRecord& rejected, absl::string_view) {
        customers.insert(digests.Of(CustomerOf(rejected)));
        return true;
      }));
  bool is_known = false;  // The customer whose records follow each other.
  for (int shard = 0; shard < kShardCount; ++shard) {
    if (stop()) return absl::CancelledError("the server is shutting down; idle keys are destroyed when it is back");
    CLIENTELE_RETURN_IF_ERROR(records.ScanShard(tenant, shard, "", [&](const storage::StoredRecord& stored) {
      if (stored.first_of_customer) is_known = false;
      RecordView view;
      if (is_known || !HasPersonalFields(stored.kind)) return true;
      if (ViewRecord(stored.body, view) && view.sealed.empty()) return true;
      customers.insert(digests.Of(stored.customer_id));
      is_known = true;
      return true;
    }));
  }
  return customers;
}

}  // namespace

absl::StatusOr<int64_t> DestroyIdleKeys(const storage::RecordStore& records, CustomerKeys& keys, const TenantId& tenant,
                                        absl::FunctionRef<bool()> stop) {
  if (keys.store().IsShared()) return 0;
  CLIENTELE_ASSIGN_OR_RETURN(const std::shared_ptr<const TenantKeys> tenant_keys, keys.Find(tenant));
  if (tenant_keys == nullptr) return 0;
  CustomerKeys::UseWatch watch(keys, tenant);  // First: whatever is written from now on is in it.
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<Digest> idle, CustomersWithKeys(keys, tenant));
  CLIENTELE_ASSIGN_OR_RETURN(const Customers used,
                             SealedCustomers(records, tenant_keys->customer_digests, tenant, stop));
  std::erase_if(idle, [&used](const Digest& customer) { return used.contains(customer); });
  if (idle.empty()) return 0;
  return keys.DestroyUnused(watch, idle);
}

}  // namespace clientele::ingestion
