// The seam between inference and whatever keeps what a tenant says its customers are worth: every revision of its value
// settings, for ever. One folder a backend; tests/contract runs one suite on each.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clientele/inference/v1/value_service.pb.h"
#include "common/base/ids.h"

namespace clientele::storage {

// Thread-safe. What is appended is never changed. Errors beside those named: UNAVAILABLE or INTERNAL with reason
// STORAGE_FAILED.
class ValueSettingsStore {
 public:
  virtual ~ValueSettingsStore() = default;

  // Rises with every change, also of other programs; 0 where none can change anything.
  virtual absl::StatusOr<int64_t> Changes() const { return 0; }

  // Appends settings.revision(), durably. ABORTED with ETAG_MISMATCH where it is not the tenant's next one, from 1 on
  // without gaps: somebody else was faster.
  virtual absl::Status Append(const TenantId& tenant, const inference::v1::ValueSettings& settings) = 0;

  // At most `most` revisions below `before` (0: from the newest on), newest first.
  virtual absl::StatusOr<std::vector<inference::v1::ValueSettings>> List(const TenantId& tenant, int64_t before,
                                                                         int most) const = 0;

  // The newest revision of every tenant that has one. For starting up.
  virtual absl::Status ForEachNewest(
      absl::FunctionRef<void(const TenantId&, const inference::v1::ValueSettings&)> visit) const = 0;
};

}  // namespace clientele::storage
