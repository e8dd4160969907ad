// What people decided in place of models: durable before anybody sees it, beside the model's score in every reply until
// it expires, gone where the customer is erased.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "clientele/inference/v1/override_service.pb.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/storage/override_store.h"
#include "services/inference/privacy/suppressions.h"

namespace clientele::inference {

// INVALID_ARGUMENT naming the field: nothing was decided, a value that is not finite, a text that is too long, no
// reason, an expire_time that is not after `now` or more than 366 days after it.
absl::Status ValidateOverride(absl::string_view field, const v1::ScoreOverride& wanted, absl::Time now);

// Thread-safe. Errors beside those named are the store's. Memory: all that stands.
class OverrideBook {
 public:
  // All must outlive it.
  static absl::StatusOr<std::unique_ptr<OverrideBook>> Open(storage::OverrideStore& store,
                                                            const Suppressions& suppressions, const Clock& clock);

  // Where other programs may decide, too: shows what they have decided.
  absl::Status CatchUp() ABSL_LOCKS_EXCLUDED(changing_, mutex_);

  // Adds what stands of the customer for the model to a score. Cost: a load while nothing was ever decided, else a
  // reader lock and some 50 ns.
  void AddTo(const TenantId& tenant, absl::string_view model, absl::string_view customer_id, v1::Score& score) const {
    if (any_.load(std::memory_order_acquire) && !customer_id.empty()) Find(tenant, model, customer_id, score);
  }

  // INVALID_ARGUMENT: see ValidateOverride. FAILED_PRECONDITION with CUSTOMER_SUPPRESSED. ABORTED with ETAG_MISMATCH.
  absl::StatusOr<v1::ScoreOverride> Set(const storage::OverrideName& name, const v1::ScoreOverride& wanted,
                                        absl::string_view actor) ABSL_LOCKS_EXCLUDED(changing_);
  // What stood. NOT_FOUND with OVERRIDE_NOT_FOUND; ABORTED with ETAG_MISMATCH.
  absl::StatusOr<v1::ScoreOverride> Delete(const storage::OverrideName& name, absl::string_view etag,
                                           absl::string_view reason, absl::string_view actor)
      ABSL_LOCKS_EXCLUDED(changing_);
  // Also what has expired. NOT_FOUND with OVERRIDE_NOT_FOUND.
  absl::StatusOr<v1::ScoreOverride> Get(const storage::OverrideName& name) const ABSL_LOCKS_EXCLUDED(mutex_);
  // As OverrideStore::List, without what has expired unless `expired`.
  absl::Status List(const TenantId& tenant, absl::string_view model, const storage::OverrideName& after, bool expired,
                    absl::FunctionRef<bool(const storage::OverrideName&, const v1::ScoreOverride&)> visit) const;
  // As OverrideStore::ReadJournal.
  absl::StatusOr<std::vector<v1::ScoreOverrideChange>> ReadJournal(const storage::OverrideName& name, int64_t before,
                                                                   int most) const {
    return store_.ReadJournal(name, before, most);
  }

  // Takes away all of customers who are suppressed by now. `before` is told how much there is, where there is any, and
  // its error leaves it; the bytes leave the files at the end.
  absl::Status Forget(const TenantId& tenant, absl::FunctionRef<bool(absl::string_view customer_id)> theirs,
                      absl::FunctionRef<absl::Status(const storage::OverrideCounts&)> before)
      ABSL_LOCKS_EXCLUDED(changing_);
  // The last step of Forget, for one that was cut short.
  absl::Status Purge(const TenantId& tenant) { return store_.Purge(tenant); }

 private:
  using OfModel = absl::flat_hash_map<std::string, std::shared_ptr<const v1::ScoreOverride>>;  // By customer id.
  using OfTenant = absl::flat_hash_map<std::string, OfModel>;                                  // By model.

  OverrideBook(storage::OverrideStore& store, const Suppressions& suppressions, const Clock& clock)
      : store_(store), suppressions_(suppressions), clock_(clock) {}

  absl::Status ReadAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(changing_) ABSL_LOCKS_EXCLUDED(mutex_);
  std::shared_ptr<const v1::ScoreOverride> Stands(const TenantId& tenant, absl::string_view model,
                                                  absl::string_view customer_id) const ABSL_LOCKS_EXCLUDED(mutex_);
  void Find(const TenantId& tenant, absl::string_view model, absl::string_view customer_id, v1::Score& score) const;
  void Put(const storage::OverrideName& name, const v1::ScoreOverride& stands) ABSL_LOCKS_EXCLUDED(mutex_);
  // The journal's next entry; ABORTED where `etag` is not that of what stands.
  absl::StatusOr<v1::ScoreOverrideChange> NextChange(const storage::OverrideName& name, absl::string_view etag,
                                                     absl::string_view actor) const;

  storage::OverrideStore& store_;
  const Suppressions& suppressions_;
  const Clock& clock_;
  std::atomic<bool> any_ = false;
  absl::Mutex changing_;                            // Held from the look at what stands to its change.
  int64_t changes_ ABSL_GUARDED_BY(changing_) = 0;  // Of the store, when all was read.
  mutable absl::Mutex mutex_ ABSL_ACQUIRED_AFTER(changing_);
  absl::flat_hash_map<TenantId, OfTenant> standing_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::inference
