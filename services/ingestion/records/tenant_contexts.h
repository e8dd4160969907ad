// The contexts of all tenants, read from the store once and kept; the one place where settings change.
#pragma once

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "clientele/ingestion/v1/settings_service.pb.h"
#include "common/base/ids.h"
#include "common/storage/record_store.h"
#include "services/ingestion/records/tenant_context.h"

namespace clientele::ingestion {

// Thread-safe.
class TenantContexts {
  struct Tenant;

 public:
  // A context that records are being written with: neither the base currency nor the cuts of retention change while
  // somebody holds one.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) noexcept = default;
    ~Lease() = default;
    const TenantContext& operator*() const { return *context_; }
    const TenantContext* operator->() const { return context_.get(); }

   private:
    friend class TenantContexts;
    Lease(std::shared_ptr<const TenantContext> context, std::shared_ptr<void> hold)
        : context_(std::move(context)), hold_(std::move(hold)) {}
    std::shared_ptr<const TenantContext> context_;
    std::shared_ptr<void> hold_;  // Counts down when it dies.
  };

  // `store` must outlive this.
  explicit TenantContexts(storage::RecordStore& store) : store_(store) {}

  // What is in force now; the defaults for a tenant that never set anything.
  absl::StatusOr<std::shared_ptr<const TenantContext>> Get(const TenantId& tenant);
  // The same, to write records with. Waits while the base currency or the cuts are being changed.
  absl::StatusOr<Lease> Hold(const TenantId& tenant);

  // Stores what the request changes; returns the new settings. INVALID_ARGUMENT; ABORTED where the request's etag is
  // set and not the current one; FAILED_PRECONDITION for another base currency once there are transactions.
  absl::StatusOr<v1::Settings> Update(const TenantId& tenant, const v1::UpdateSettingsRequest& request);

  // RecordStore::UpdateRetention, for changes of the cuts in force: nothing is being written that was judged by the old
  // ones, and what comes after it is judged by the new.
  absl::StatusOr<v1::StoredRetention> UpdateRetention(
      const TenantId& tenant, absl::FunctionRef<absl::Status(v1::StoredRetention&)> change);

 private:
  std::shared_ptr<Tenant> Find(const TenantId& tenant) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status CheckCurrencyIsFree(const TenantId& tenant) const;

  storage::RecordStore& store_;
  absl::Mutex mutex_;
  absl::flat_hash_map<TenantId, std::shared_ptr<Tenant>> tenants_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::ingestion
