// What is known of tenants' erasures without reading them all again: kept in memory, and compared with the tenant's
// revision in the database, which every program that shares it raises.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/storage/postgresql/database.h"
#include "common/storage/tenant_erasures.h"

namespace clientele::storage::postgresql {

// Thread-safe.
class ErasureStates {
 public:
  using State = std::shared_ptr<const TenantErasures>;  // Null: the tenant has had no erasure.

  // As the connection's transaction sees it, before it changes anything of it.
  absl::StatusOr<State> Read(Connection& connection, const TenantId& tenant) ABSL_LOCKS_EXCLUDED(mutex_);
  // As it was a quarter of a second ago or later; as it is known where the database gives no answer.
  State Recent(const Database& database, const TenantId& tenant) ABSL_LOCKS_EXCLUDED(mutex_);
  // The next Recent asks.
  void Expire(const TenantId& tenant) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Known {
    int64_t revision = 0;
    State state;
    absl::Time asked = absl::InfinitePast();
    bool is_read = false;
  };

  absl::Mutex mutex_;
  absl::flat_hash_map<TenantId, Known> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::storage::postgresql
