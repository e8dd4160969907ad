// What customers were and what they did: the seam between inference and ingestion for whatever looks back.
// FeatureSource is for scoring now.
#pragma once

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "clientele/ingestion/v1/feature_service.pb.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "common/base/ids.h"
#include "common/rpc/call.h"

namespace clientele::inference {

// As BatchGetFeaturesRequest has them.
struct PastInstant {
  std::optional<absl::Time> as_of = std::nullopt;         // Default: ingestion's present.
  std::optional<absl::Time> known_at = std::nullopt;      // Default: as_of.
  std::optional<absl::Time> events_until = std::nullopt;  // Default: as_of.
};

// Thread-safe. Every call blocks at most until `call` stops. UNAVAILABLE with INGESTION_UNAVAILABLE: it does not
// answer; other errors are ingestion's own, UNKNOWN_FEATURE with the known ones listed.
class CustomerHistory {
 public:
  virtual ~CustomerHistory() = default;

  // One row a customer, 1 to kMaxFetchedCustomers, in their order; found = false where there was no record of one.
  virtual absl::StatusOr<ingestion::v1::BatchGetFeaturesResponse> FeaturesAt(const TenantId& tenant,
                                                                             absl::Span<const std::string> customer_ids,
                                                                             absl::Span<const std::string> features,
                                                                             const PastInstant& instant,
                                                                             const rpc::Call& call) = 0;

  // The customer's records, newest event first, until `visit` returns false.
  virtual absl::Status ForEachRecord(const TenantId& tenant, const std::string& customer_id, const rpc::Call& call,
                                     absl::FunctionRef<bool(const ingestion::v1::Record&)> visit) = 0;
};

}  // namespace clientele::inference
