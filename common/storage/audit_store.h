// The seam between the audit log and whatever keeps it: chains of entries, each numbered from 1 on. One folder a
// backend; tests/contract runs one suite on each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/admin/v1/audit_service.pb.h"
#include "common/privacy/customer_digest.h"

namespace clientele::storage {

// Thread-safe. What is appended is never changed. A chain is named by a tenant's id, or "-". Errors beside those named:
// UNAVAILABLE or INTERNAL with reason STORAGE_FAILED.
class AuditStore {
 public:
  // `entry` is empty where what is stored as that number is none any more. False stops.
  using Visit = absl::FunctionRef<bool(int64_t number, const admin::v1::AuditEntry& entry)>;

  virtual ~AuditStore() = default;

  // Appends the chain's entry of that number, durably. ABORTED where it is not the one after the newest.
  virtual absl::Status Append(absl::string_view chain, int64_t number, const admin::v1::AuditEntry& entry) = 0;

  // From `first` on, oldest first.
  virtual absl::Status Ascend(absl::string_view chain, int64_t first, Visit visit) const = 0;
  // Those below `before` (0: from the newest on), newest first.
  virtual absl::Status Descend(absl::string_view chain, int64_t before, Visit visit) const = 0;

  // Entries with which a call has begun (EVENT_BEGUN) that no other's begun_number tells of. For starting up.
  virtual absl::Status ForEachUnended(absl::FunctionRef<void(absl::string_view chain, int64_t number)> visit) const = 0;

  // Every chain that was ever appended to, in order.
  virtual absl::StatusOr<std::vector<std::string>> ListChains() const = 0;
  // Takes away the chain's entries up to that number, durably, in one step, and then from the disk. The newest entry
  // stays.
  virtual absl::Status RemoveThrough(absl::string_view chain, int64_t number) = 0;

  // The secret that stands between a chain's customers and their digests in it: drawn when first asked for.
  virtual absl::StatusOr<privacy::DigestKey> KeyOf(absl::string_view chain) = 0;
};

}  // namespace clientele::storage
