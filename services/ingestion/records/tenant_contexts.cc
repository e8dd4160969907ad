#include "services/ingestion/records/tenant_contexts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/ingestion/records/tenant_settings.h"

namespace clientele::ingestion {
namespace {

constexpr size_t kMaxCachedTenants = 10'000;

}  // namespace

struct TenantContexts::Tenant {
  absl::Mutex update;  // One update at a time.
  absl::Mutex mutex;
  std::shared_ptr<const TenantContext> context ABSL_GUARDED_BY(mutex);  // Null until it is first asked for.
  int holders ABSL_GUARDED_BY(mutex) = 0;
  bool closed ABSL_GUARDED_BY(mutex) = false;  // Nobody begins to hold it.

  absl::StatusOr<std::shared_ptr<const TenantContext>> Load(const storage::RecordStore& store, const TenantId& id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (context == nullptr) {
      absl::StatusOr<v1::Settings> settings = store.GetSettings(id);
      if (absl::IsNotFound(settings.status())) settings = DefaultSettings(id);
      if (!settings.ok()) return settings.status();
      CLIENTELE_ASSIGN_OR_RETURN(const v1::StoredRetention retention, store.GetRetention(id));
      CLIENTELE_ASSIGN_OR_RETURN(context,
                                 TenantContext::Make(*settings, storage::CutMicros(retention.policy().cuts())));
    }
    return context;
  }

  // Until somebody sets `closed` back: waits for those who hold it, and lets nobody else begin.
  void Close() ABSL_LOCKS_EXCLUDED(mutex) {
    absl::MutexLock lock(&mutex);
    closed = true;
    mutex.Await(absl::Condition(
        +[](Tenant* t) ABSL_EXCLUSIVE_LOCKS_REQUIRED(t->mutex) { return t->holders == 0; }, this));
  }
};

std::shared_ptr<TenantContexts::Tenant> TenantContexts::Find(const TenantId& tenant) {
  absl::MutexLock lock(&mutex_);
  if (tenants_.size() >= kMaxCachedTenants && !tenants_.contains(tenant)) {
    // Those that somebody uses stay, for their holders are counted.
    absl::erase_if(tenants_, [](const auto& entry) { return entry.second.use_count() == 1; });
  }
  std::shared_ptr<Tenant>& entry = tenants_[tenant];
  if (entry == nullptr) entry = std::make_shared<Tenant>();
  return entry;
}

absl::StatusOr<std::shared_ptr<const TenantContext>> TenantContexts::Get(const TenantId& id) {
  const std::shared_ptr<Tenant> tenant = Find(id);
  absl::MutexLock lock(&tenant->mutex);
  return tenant->Load(store_, id);
}

absl::StatusOr<TenantContexts::Lease> TenantContexts::Hold(const TenantId& id) {
  const std::shared_ptr<Tenant> tenant = Find(id);
  absl::MutexLock lock(&tenant->mutex);
  tenant->mutex.Await(absl::Condition(
      +[](Tenant* t) ABSL_EXCLUSIVE_LOCKS_REQUIRED(t->mutex) { return !t->closed; }, tenant.get()));
  CLIENTELE_ASSIGN_OR_RETURN(std::shared_ptr<const TenantContext> context, tenant->Load(store_, id));
  ++tenant->holders;
  std::shared_ptr<void> hold(tenant.get(), [tenant](void*) {
    absl::MutexLock release(&tenant->mutex);
    --tenant->holders;
  });
  return Lease(std::move(context), std::move(hold));
}

absl::Status TenantContexts::CheckCurrencyIsFree(const TenantId& id) const {
  CLIENTELE_ASSIGN_OR_RETURN(const v1::IngestionReport report, store_.GetReport(id));
  for (const v1::IngestionReport::KindReport& kind : report.kinds()) {
    if (kind.kind() == common::v1::RECORD_KIND_TRANSACTION && kind.accepted_count() > 0) {
      return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kBaseCurrencyFixed,
                   absl::StrCat("the base currency cannot change any more: ", kind.accepted_count(),
                                " transactions are already converted to it"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Settings> TenantContexts::Update(const TenantId& id, const v1::UpdateSettingsRequest& request) {
  const std::shared_ptr<Tenant> tenant = Find(id);
  absl::MutexLock one_at_a_time(&tenant->update);
  std::shared_ptr<const TenantContext> current;
  {
    absl::MutexLock lock(&tenant->mutex);
    CLIENTELE_ASSIGN_OR_RETURN(current, tenant->Load(store_, id));
  }
  const v1::Settings& before = current->settings();
  if (!request.settings().etag().empty() && request.settings().etag() != before.etag()) {
    return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
                 "the settings have changed since they were read: read them again, then update");
  }
  CLIENTELE_ASSIGN_OR_RETURN(v1::Settings after, ApplyUpdate(before, request));
  after.set_etag(MakeEtag(after));
  CLIENTELE_ASSIGN_OR_RETURN(std::shared_ptr<const TenantContext> context, TenantContext::Make(after, current->cuts()));

  const bool currency_changes = after.base_currency() != before.base_currency();
  if (currency_changes) tenant->Close();
  absl::Status status = currency_changes ? CheckCurrencyIsFree(id) : absl::OkStatus();
  if (status.ok()) status = store_.PutSettings(id, after, before.etag());
  absl::MutexLock lock(&tenant->mutex);
  if (status.ok()) tenant->context = std::move(context);
  tenant->closed = false;
  if (!status.ok()) return status;
  return after;
}

absl::StatusOr<v1::StoredRetention> TenantContexts::UpdateRetention(
    const TenantId& id, absl::FunctionRef<absl::Status(v1::StoredRetention&)> change) {
  const std::shared_ptr<Tenant> tenant = Find(id);
  absl::MutexLock one_at_a_time(&tenant->update);
  tenant->Close();
  absl::StatusOr<v1::StoredRetention> stored = store_.UpdateRetention(id, change);
  absl::MutexLock lock(&tenant->mutex);
  tenant->context = nullptr;  // Read again, with the new cuts.
  tenant->closed = false;
  return stored;
}

}  // namespace clientele::ingestion
