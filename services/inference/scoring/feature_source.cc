#include "services/inference/scoring/feature_source.h"

#include <utility>

#include "absl/synchronization/notification.h"

namespace clientele::inference {

absl::StatusOr<FeatureRows> FetchAndWait(FeatureSource& source, const TenantId& tenant,
                                         absl::Span<const std::string> customer_ids, const FeatureNames& features,
                                         const rpc::Call& call) {
  absl::StatusOr<FeatureRows> result;
  absl::Notification done;
  source.Fetch(tenant, customer_ids, features, call, [&](absl::StatusOr<FeatureRows> rows) {
    result = std::move(rows);
    done.Notify();
  });
  done.WaitForNotification();
  return result;
}

}  // namespace clientele::inference
