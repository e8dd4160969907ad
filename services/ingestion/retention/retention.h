// The retention of all tenants: policies that are set, and a thread that takes away what is too old, tenant after
// tenant, step by step. A run is written down before it begins, each step is one write with its counts, and a run that
// was under way when the service went down goes on when it is back.
//
// A run ends once the keys that sealed what went are destroyed, too: see idle_keys.h.
//
// From the moment a run begins, records that happened before its cuts are refused: a run has an end, and what it took
// does not come back.
#pragma once

#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "clientele/ingestion/v1/retention_service.pb.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/stop_token.h"
#include "common/observability/metrics.h"
#include "common/storage/record_store.h"
#include "services/ingestion/keys/customer_keys.h"
#include "services/ingestion/records/tenant_contexts.h"
#include "services/ingestion/retention/rules.h"

namespace clientele::ingestion {

// Thread-safe. Errors beside those named are the store's.
class Retention {
 public:
  // All must outlive it.
  Retention(storage::RecordStore& store, TenantContexts& contexts, CustomerKeys& keys, const Clock& clock,
            observability::Metrics& metrics);
  ~Retention();  // After the step that is under way; joins.
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;

  absl::StatusOr<v1::RetentionPolicy> Get(const TenantId& tenant) const;
  // Replaces the rules; a run that is under way is superseded, and the next begins soon. INVALID_ARGUMENT; ABORTED
  // where the etag is set and not the newest.
  absl::StatusOr<v1::RetentionPolicy> Set(const TenantId& tenant, const v1::RetentionPolicy& policy)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // What a run would take away now by `rules`, or without any by the tenant's own. INVALID_ARGUMENT; the error of
  // `stop`. Reads all records of the tenant.
  absl::StatusOr<v1::PreviewRetentionResponse> Preview(const TenantId& tenant, const RetentionRules& rules,
                                                       const StopToken& stop) const;
  // The newest first.
  absl::StatusOr<std::vector<v1::RetentionRun>> Runs(const TenantId& tenant) const;

 private:
  void Run();
  // Begins what is to begin, and goes on with what is under way. False: something failed, and is to be tried again.
  bool WorkOnAll();
  absl::Status WorkOn(const TenantId& tenant);
  // Waits for work, at most that long; true when it is time to end.
  bool AwaitWork(absl::Duration most) ABSL_LOCKS_EXCLUDED(mutex_);
  bool stopped() ABSL_LOCKS_EXCLUDED(mutex_);

  storage::RecordStore& store_;
  TenantContexts& contexts_;
  CustomerKeys& keys_;
  const Clock& clock_;
  prometheus::Counter& removed_;
  prometheus::Counter& idle_keys_;
  prometheus::Counter& failures_;
  absl::Mutex mutex_;
  bool has_work_ ABSL_GUARDED_BY(mutex_) = true;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // The last: it uses all others.
};

}  // namespace clientele::ingestion
