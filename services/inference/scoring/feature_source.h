// Where the features of a customer come from: the seam between scoring and ingestion.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "clientele/ingestion/v1/feature_service.pb.h"
#include "common/base/ids.h"
#include "common/rpc/call.h"

namespace clientele::inference {

inline constexpr int kMaxFetchedCustomers = 1'000;  // In one call.

// Thread-safe.
class FeatureSource {
 public:
  virtual ~FeatureSource() = default;
  // The features of these customers, 1 to kMaxFetchedCustomers, as they are now: one row each, in order; found = false
  // where a customer has no record. Blocks at most until `call` stops. UNAVAILABLE with INGESTION_UNAVAILABLE: it does
  // not answer; other errors are ingestion's own.
  virtual absl::StatusOr<ingestion::v1::BatchGetFeaturesResponse> Fetch(const TenantId& tenant,
                                                                        absl::Span<const std::string> customer_ids,
                                                                        absl::Span<const std::string> features,
                                                                        const rpc::Call& call) = 0;
};

}  // namespace clientele::inference
