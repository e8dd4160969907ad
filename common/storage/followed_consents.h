// The seam to what a program that follows consents keeps of them: who has opted out of what, by keyed hashes, and how
// far it has come. One folder a backend.
#pragma once

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clientele/ingestion/v1/consent_service.pb.h"

namespace clientele::storage {

// Thread-safe. Errors of every call: UNAVAILABLE or INTERNAL with STORAGE_FAILED.
class FollowedConsents {
 public:
  virtual ~FollowedConsents() = default;

  // Of the last changes that were dealt with; 0: of none.
  virtual absl::StatusOr<int64_t> Sequence() const = 0;
  // Durable, in one step: keeps those who have opted out, forgets those who have not, and the sequence.
  virtual absl::Status Put(const ingestion::v1::WatchScoringConsentsResponse& changes) = 0;
  // Those who have opted out; false stops.
  virtual absl::Status ForEach(
      absl::FunctionRef<bool(const ingestion::v1::WatchScoringConsentsResponse::Standing&)> visit) const = 0;
};

}  // namespace clientele::storage
