// Where the features of a customer come from: the seam between scoring and ingestion.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/ids.h"
#include "common/rpc/call.h"
#include "services/inference/scoring/feature_names.h"
#include "services/inference/scoring/feature_rows.h"

namespace clientele::inference {

inline constexpr int kMaxFetchedCustomers = 1'000;  // In one call.

// Thread-safe.
class FeatureSource {
 public:
  using Done = std::function<void(absl::StatusOr<FeatureRows>)>;

  virtual ~FeatureSource() = default;

  // A customer's row that is at hand; null: Fetch may have one. Takes microseconds.
  virtual std::shared_ptr<const FeatureRow> Find(const TenantId& /*tenant*/, absl::string_view /*customer_id*/,
                                                 const FeatureNames& /*features*/) {
    return nullptr;
  }
  // Hands the features of these customers, 1 to kMaxFetchedCustomers, as they are now, to `done`: once, before it
  // returns or later on another thread, and soon after `call` stops, which must live until then. UNAVAILABLE
  // with INGESTION_UNAVAILABLE: it does not answer; other errors are ingestion's own.
  virtual void Fetch(const TenantId& tenant, absl::Span<const std::string> customer_ids, const FeatureNames& features,
                     const rpc::Call& call, Done done) = 0;
};

// Fetch, waited for.
absl::StatusOr<FeatureRows> FetchAndWait(FeatureSource& source, const TenantId& tenant,
                                         absl::Span<const std::string> customer_ids, const FeatureNames& features,
                                         const rpc::Call& call);

}  // namespace clientele::inference
