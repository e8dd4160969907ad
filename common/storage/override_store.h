// The seam to what keeps people's decisions in place of a model's: what stands for a customer, and the journal of how
// it came so. One folder a backend; tests/contract runs one suite on each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/inference/v1/override_service.pb.h"
#include "common/base/ids.h"

namespace clientele::storage {

struct OverrideName {
  TenantId tenant;
  std::string model;
  std::string customer_id;
};

// How much of a customer there is.
struct OverrideCounts {
  int64_t overrides = 0;
  int64_t changes = 0;
};

// Thread-safe. Errors beside those named: UNAVAILABLE or INTERNAL with STORAGE_FAILED.
class OverrideStore {
 public:
  virtual ~OverrideStore() = default;

  // Rises with every change, also of other programs; 0 where none can change anything.
  virtual absl::StatusOr<int64_t> Changes() const { return 0; }

  // Durable, in one step: the change is the next of the override's journal, and what stands follows from it. ABORTED
  // with ETAG_MISMATCH where its revision is not the next one, from 1 on without gaps.
  virtual absl::Status Append(const OverrideName& name, const inference::v1::ScoreOverrideChange& change) = 0;

  // At most `most` entries with revisions below `before` (0: from the newest on), newest first.
  virtual absl::StatusOr<std::vector<inference::v1::ScoreOverrideChange>> ReadJournal(const OverrideName& name,
                                                                                      int64_t before,
                                                                                      int most) const = 0;

  // What stands of the tenant, by model and customer id, after `after` ("" in both: from the first on), also what has
  // expired; false stops. `model`: only of that one; empty: of all.
  virtual absl::Status List(
      const TenantId& tenant, absl::string_view model, const OverrideName& after,
      absl::FunctionRef<bool(const OverrideName&, const inference::v1::ScoreOverride&)> visit) const = 0;
  // The same of all tenants. For starting up.
  virtual absl::Status ForEach(
      absl::FunctionRef<void(const OverrideName&, const inference::v1::ScoreOverride&)> visit) const = 0;

  // Takes away what stands of the customers that are `theirs`, and their journals; `before` is told how much there is,
  // where there is any, and its error leaves it. The bytes leave the files with Purge.
  virtual absl::Status Forget(const TenantId& tenant, absl::FunctionRef<bool(absl::string_view customer_id)> theirs,
                              absl::FunctionRef<absl::Status(const OverrideCounts&)> before) = 0;
  // Rewrites the tenant's files. Again: no harm.
  virtual absl::Status Purge(const TenantId& tenant) = 0;
};

}  // namespace clientele::storage
