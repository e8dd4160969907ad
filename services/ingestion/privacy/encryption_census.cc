#include "services/ingestion/privacy/encryption_census.h"

#include <algorithm>
#include <vector>

#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/privacy/master_keys.h"
#include "services/ingestion/records/personal_fields.h"
#include "services/ingestion/records/record_form.h"
#include "services/ingestion/records/record_sealer.h"

namespace clientele::ingestion {
namespace {

absl::Status AddTenant(CustomerKeys& keys, const TenantId& tenant, const privacy::MasterKeys& master,
                       const StopToken& stop, admin::v1::Encryption& counts) {
  const auto stored = keys.store().GetTenant(tenant);
  if (absl::IsNotFound(stored.status())) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(stored.status());
  CLIENTELE_ASSIGN_OR_RETURN(const TenantKeys opened, OpenTenantKeys(tenant, *stored, master));
  counts.set_tenant_key_count(counts.tenant_key_count() + stored->keys_size());
  counts.set_pending_tenant_key_count(counts.pending_tenant_key_count() + PendingTenantKeys(*stored, master));
  const auto& newest = stored->keys(stored->keys_size() - 1).create_time();
  if (!counts.has_tenant_key_create_time() || FromProto(counts.tenant_key_create_time()) < FromProto(newest)) {
    *counts.mutable_tenant_key_create_time() = newest;
  }
  CLIENTELE_RETURN_IF_ERROR(
      keys.store().ForEach(tenant, [&](const privacy::Digest&, const std::vector<storage::CustomerKey>& customer) {
        const auto pending = std::count_if(customer.begin(), customer.end(),
                                           [&](const storage::CustomerKey& key) { return IsPending(opened, key); });
        counts.set_customer_count(counts.customer_count() + 1);
        counts.set_customer_key_count(counts.customer_key_count() + static_cast<int64_t>(customer.size()));
        counts.set_pending_customer_key_count(counts.pending_customer_key_count() + pending);
        return stop.Check().ok();
      }));
  return stop.Check();
}

}  // namespace

absl::StatusOr<admin::v1::Encryption> CountKeys(CustomerKeys& keys, const std::optional<TenantId>& tenant,
                                                const StopToken& stop) {
  const privacy::MasterKeys master = keys.master();
  admin::v1::Encryption counts;
  counts.set_master_key(privacy::FormatKeyId(master.newest().id));
  std::vector<TenantId> tenants;
  if (tenant) {
    tenants.push_back(*tenant);
  } else {
    CLIENTELE_ASSIGN_OR_RETURN(tenants, keys.store().ListTenants());
  }
  for (const TenantId& one : tenants) CLIENTELE_RETURN_IF_ERROR(AddTenant(keys, one, master, stop, counts));
  return counts;
}

absl::StatusOr<admin::v1::Encryption::RecordCounts> CountSealedRecords(const storage::RecordStore& store,
                                                                       CustomerKeys& keys, const TenantId& tenant,
                                                                       const StopToken& stop) {
  admin::v1::Encryption::RecordCounts counts;
  RecordOpener opener(keys, tenant);
  v1::Record record, personal;
  absl::Status status;
  const auto count = [&](const storage::StoredRecord& stored) {
    if (!HasPersonalFields(stored.kind)) return true;
    RecordView view;
    const bool sealed = ViewRecord(stored.body, view) && !view.sealed.empty();
    status = opener.Decode(stored, record);
    if (!status.ok()) return false;
    if (opener.unreadable()) {
      counts.set_unreadable_count(counts.unreadable_count() + 1);
    } else if (sealed) {
      counts.set_sealed_count(counts.sealed_count() + 1);
    } else if (TakePersonalValues(record, personal)) {
      counts.set_clear_count(counts.clear_count() + 1);
    }
    return true;
  };
  for (int shard = 0; shard < kShardCount; ++shard) {
    CLIENTELE_RETURN_IF_ERROR(store.ScanShard(tenant, shard, "", count));
    CLIENTELE_RETURN_IF_ERROR(status);
    CLIENTELE_RETURN_IF_ERROR(stop.Check());
  }
  CLIENTELE_RETURN_IF_ERROR(store.ListRejected(tenant, "", [&](const v1::RejectedRecord& rejected, absl::string_view) {
    if (rejected.sealed_record().empty()) counts.set_clear_rejected_count(counts.clear_rejected_count() + 1);
    return stop.Check().ok();
  }));
  CLIENTELE_RETURN_IF_ERROR(stop.Check());
  return counts;
}

}  // namespace clientele::ingestion
