// Plans of features that are asked for again and again, compiled once. Right for ever: a name keeps its meaning.
#pragma once

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/storage/record_store.h"
#include "services/ingestion/features/plan.h"

namespace clientele::features {

// Thread-safe.
class PlanCache {
 public:
  // The plan of these names, from the cache or compiled. Errors as Plan::Compile and those of the store.
  absl::StatusOr<std::shared_ptr<const Plan>> Get(const storage::RecordStore& store, const TenantId& tenant,
                                                  absl::string_view path, absl::Span<const std::string> names)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    std::string key = tenant.value();
    for (const std::string& name : names) absl::StrAppend(&key, absl::string_view("\0", 1), name);
    {
      absl::MutexLock lock(&mutex_);
      const auto found = plans_.find(key);
      if (found != plans_.end()) return found->second;
    }
    CLIENTELE_ASSIGN_OR_RETURN(const Catalogue catalogue, Catalogue::Load(store, tenant));
    CLIENTELE_ASSIGN_OR_RETURN(std::shared_ptr<const Plan> plan, Plan::Compile(path, catalogue, names));
    absl::MutexLock lock(&mutex_);
    if (plans_.size() >= kMaxPlans) plans_.clear();  // Rare; those in use are kept by their users.
    plans_.emplace(std::move(key), plan);
    return plan;
  }

 private:
  static constexpr size_t kMaxPlans = 256;

  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<const Plan>> plans_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::features
