// The seam to what a program that follows erasures keeps of them: how far it has come, and what it has to say of each.
// One folder a backend.
#pragma once

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clientele/ingestion/v1/privacy_service.pb.h"
#include "common/base/ids.h"

namespace clientele::storage {

struct FollowedErasure {
  TenantId tenant;
  ingestion::v1::WatchErasuresResponse change;  // As it was told last.
  ingestion::v1::ErasureReport report;          // What went here, and which model versions are concerned.
  bool reported = false;                        // Ingestion has the report.

  int64_t number() const { return change.erasure().epoch(); }
};

// Thread-safe. Errors of every call: UNAVAILABLE or INTERNAL with STORAGE_FAILED.
class FollowedErasures {
 public:
  virtual ~FollowedErasures() = default;

  // Of the last change that was dealt with; 0: of none.
  virtual absl::StatusOr<int64_t> Sequence() const = 0;
  // Durable: the erasure, in place of what was kept of it, and `sequence` where it is not 0, in one step.
  virtual absl::Status Put(const FollowedErasure& erasure, int64_t sequence) = 0;
  // NOT_FOUND.
  virtual absl::StatusOr<FollowedErasure> Get(const TenantId& tenant, int64_t number) const = 0;
  // By tenant and number; false stops.
  virtual absl::Status ForEach(absl::FunctionRef<bool(const FollowedErasure&)> visit) const = 0;
};

}  // namespace clientele::storage
