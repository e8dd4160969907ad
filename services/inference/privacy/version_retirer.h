// Retires versions whose time is over after an erasure, each with an entry in the audit log and in its aliases'
// journals of who did it, which is "system", and why.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/audit/audit_log.h"
#include "common/base/clock.h"
#include "common/base/stop_token.h"
#include "common/observability/metrics.h"
#include "common/storage/followed_erasures.h"
#include "services/inference/privacy/retirements.h"
#include "services/inference/registry/registry.h"

namespace clientele::inference {

// Thread-compatible. Retires a minute early: so long a successor may take to be loaded, and no score is late.
class VersionRetirer {
 public:
  // All must outlive it. `audit_log` null: none is kept.
  VersionRetirer(const storage::FollowedErasures& followed, Registry& registry, audit::AuditLog* audit_log,
                 const Clock& clock, observability::Metrics& metrics);

  // Retires what is due; when to come again, soon where something of it did not succeed. Errors: those of `followed`.
  // `stop` ends the wait for successors that are loaded.
  absl::StatusOr<absl::Time> RetireDue(const StopToken& stop);

 private:
  absl::Status Retire(const ModelName& model, const Retirement& retirement, const StopToken& stop);

  const storage::FollowedErasures& followed_;
  Registry& registry_;
  audit::AuditLog* const audit_log_;
  const Clock& clock_;
  prometheus::Counter& retired_;
  prometheus::Counter& failures_;
};

}  // namespace clientele::inference
