// The erasures of all tenants: begun on request, carried out one by one on a thread of its own, told to those who
// follow, completed by what they report.
#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "clientele/ingestion/v1/privacy_service.pb.h"
#include "common/base/clock.h"
#include "common/base/stop_token.h"
#include "common/observability/metrics.h"
#include "common/storage/consent_store.h"
#include "common/storage/erasure_store.h"
#include "common/storage/record_store.h"
#include "services/ingestion/keys/customer_keys.h"

namespace clientele::ingestion {

struct ErasureRequest {
  std::string customer_id;
  v1::ErasureVerb verb = v1::ERASURE_VERB_SUPPRESS_WITH_DELETE;
  std::string reason;
  std::string requester;
  std::string request_id;  // Empty: none.
};

// Thread-safe.
class Erasures {
 public:
  // Goes on with those that were not done. `reporters`: the programs that must report before an erasure is complete.
  // All must outlive it.
  Erasures(const storage::RecordStore& records, storage::ErasureStore& erasures, storage::ConsentStore& consents,
           CustomerKeys& keys, const Clock& clock, observability::Metrics& metrics,
           std::vector<std::string> reporters);
  ~Erasures();  // After the step that is under way; joins.
  Erasures(const Erasures&) = delete;
  Erasures& operator=(const Erasures&) = delete;

  // What would go; nothing is done or kept.
  absl::StatusOr<v1::Erasure> Plan(const TenantId& tenant, const ErasureRequest& request) const;
  // See ErasureStore::BeginErasure.
  absl::StatusOr<v1::Erasure> Begin(const TenantId& tenant, const ErasureRequest& request);

  // Takes the place of what the program reported before. NOT_FOUND; FAILED_PRECONDITION (ERASURE_NOT_FINISHED): the
  // records are not gone yet.
  absl::Status Report(const TenantId& tenant, int64_t number, absl::string_view program,
                      const v1::ErasureReport& report);

  // The changes after `sequence`, at most 100, in order; waits for the next where there is none. UNAVAILABLE: `drain`
  // has stopped; the error of `stop`; the store's.
  absl::StatusOr<std::vector<storage::ErasureChange>> AwaitChanges(int64_t sequence, const StopToken& stop,
                                                                   const StopToken& drain) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run();
  // Whether all that are left were carried out.
  bool CarryOutAll();
  // Waits for work, at most that long; true when it is time to end.
  bool AwaitWork(absl::Duration most) ABSL_LOCKS_EXCLUDED(mutex_);
  bool stopped() ABSL_LOCKS_EXCLUDED(mutex_);
  void Changed() ABSL_LOCKS_EXCLUDED(mutex_);

  const storage::RecordStore& records_;
  storage::ErasureStore& erasures_;
  storage::ConsentStore& consents_;
  CustomerKeys& keys_;
  const Clock& clock_;
  const std::vector<std::string> reporters_;
  prometheus::Counter& done_;
  prometheus::Counter& failures_;
  absl::Mutex mutex_;
  absl::CondVar changed_;
  bool has_work_ ABSL_GUARDED_BY(mutex_) = true;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // The last: it uses all others.
};

}  // namespace clientele::ingestion
