// What customers allow and forbid of automated decisions: checked, kept, and told to those who follow.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "clientele/ingestion/v1/consent_service.pb.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/stop_token.h"
#include "common/storage/consent_store.h"

namespace clientele::ingestion {

inline constexpr int kMostConsentRows = 10'000;

// Thread-safe. Errors beside those named are the store's.
class Consents {
 public:
  // Both must outlive it.
  Consents(storage::ConsentStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  // What stands then. INVALID_ARGUMENT naming the field; ABORTED (ETAG_MISMATCH); ALREADY_EXISTS (REQUEST_ID_REUSED).
  absl::StatusOr<v1::ScoringConsent> Set(const TenantId& tenant, absl::string_view customer_id,
                                         const v1::SetScoringConsentRequest& request, absl::string_view actor);
  // Rows that are wrong are errors of their own. INVALID_ARGUMENT: their number.
  absl::StatusOr<v1::BatchSetScoringConsentsResponse> SetMany(const TenantId& tenant,
                                                              const v1::BatchSetScoringConsentsRequest& request,
                                                              absl::string_view actor);

  // The changes after `sequence`, at most 1,000, in order; waits for the next where there is none. UNAVAILABLE: `drain`
  // has stopped; the error of `stop`.
  absl::StatusOr<std::vector<storage::ConsentStanding>> AwaitChanges(int64_t sequence, const StopToken& stop,
                                                                     const StopToken& drain)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  storage::ConsentStore& store_;
  const Clock& clock_;
  absl::Mutex mutex_;
  absl::CondVar changed_;
};

}  // namespace clientele::ingestion
