// Whether a customer may be scored at all: nobody whom the tenant has suppressed, and nobody by a model of a purpose
// that they have opted out of.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/base/ids.h"
#include "common/privacy/opt_outs.h"
#include "services/inference/privacy/suppressions.h"

namespace clientele::inference {

// Thread-safe. Cost: two loads while nobody is on either list.
class ScoringGuard {
 public:
  // Both must outlive it.
  ScoringGuard(const Suppressions& suppressions, const privacy::OptOuts& opt_outs)
      : suppressions_(suppressions), opt_outs_(opt_outs) {}

  // OK also for nobody ("" as the id). FAILED_PRECONDITION with CUSTOMER_SUPPRESSED or SCORING_OPTED_OUT. `purpose` is
  // asked only of those who have opted out of some.
  absl::Status Check(const TenantId& tenant, absl::string_view customer_id,
                     absl::FunctionRef<std::string()> purpose) const {
    if (suppressions_.Contains(tenant, customer_id)) return suppressions_.Check(tenant, customer_id);
    return opt_outs_.Contains(tenant, customer_id, purpose) ? OptedOut() : absl::OkStatus();
  }
  // By what is for no purpose.
  absl::Status Check(const TenantId& tenant, absl::string_view customer_id) const {
    return Check(tenant, customer_id, [] { return std::string(privacy::kAllPurposes); });
  }

 private:
  static absl::Status OptedOut();

  const Suppressions& suppressions_;
  const privacy::OptOuts& opt_outs_;
};

}  // namespace clientele::inference
