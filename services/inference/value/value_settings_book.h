// Every tenant's value settings with all their revisions. A change is durable before anybody sees it, and the tiers it
// holds apply to the next score.
#pragma once

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "clientele/inference/v1/value_service.pb.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/storage/value_settings_store.h"
#include "services/inference/scoring/tiers.h"

namespace clientele::inference {

// Thread-safe. Errors beside those named are the store's.
class ValueSettingsBook {
 public:
  // Puts the tiers of all tenants into `tiers`, and those of later changes. All must outlive it.
  static absl::StatusOr<std::unique_ptr<ValueSettingsBook>> Open(storage::ValueSettingsStore& store, const Clock& clock,
                                                                 TierBook& tiers);

  // Where other programs may change the settings: puts the tiers of what they have changed into place.
  absl::Status CatchUp() ABSL_LOCKS_EXCLUDED(changing_);

  // `revision` 0: the newest, which are the defaults (revision 0) where none were set. NOT_FOUND with
  // REVISION_NOT_FOUND.
  absl::StatusOr<v1::ValueSettings> Get(const TenantId& tenant, int64_t revision) const;

  // Replaces all of the settings; blocks until that is durable. INVALID_ARGUMENT: see ValidateValueSettings. ABORTED
  // with ETAG_MISMATCH: `wanted` has the etag of other settings than the newest.
  absl::StatusOr<v1::ValueSettings> Update(const TenantId& tenant, const v1::ValueSettings& wanted,
                                           absl::string_view actor) ABSL_LOCKS_EXCLUDED(changing_);

  // At most `most` revisions below `before` (0: from the newest on), newest first. The defaults are none of them.
  absl::StatusOr<std::vector<v1::ValueSettings>> List(const TenantId& tenant, int64_t before, int most) const;

 private:
  ValueSettingsBook(storage::ValueSettingsStore& store, const Clock& clock, TierBook& tiers)
      : store_(store), clock_(clock), tiers_(tiers) {}
  absl::Status ReadAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(changing_);

  storage::ValueSettingsStore& store_;
  const Clock& clock_;
  TierBook& tiers_;
  absl::Mutex changing_;  // Held from the look at what is there to the tiers.
  int64_t changes_ ABSL_GUARDED_BY(changing_) = 0;  // Of the store, when the tiers were put into place.
};

}  // namespace clientele::inference
