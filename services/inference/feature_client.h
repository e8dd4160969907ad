// Features from ingestion's FeatureService.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "clientele/ingestion/v1/feature_service.grpc.pb.h"
#include "common/observability/metrics.h"
#include "services/inference/scoring/feature_source.h"

namespace clientele::inference {

// Thread-safe. A call waits at most `timeout`, and never longer than its caller.
class FeatureClient final : public FeatureSource {
 public:
  FeatureClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout, observability::Metrics& metrics);

  // Asks for the features as of ingestion's own present, so that no difference between two clocks hides a record.
  absl::StatusOr<ingestion::v1::BatchGetFeaturesResponse> Fetch(const TenantId& tenant,
                                                                absl::Span<const std::string> customer_ids,
                                                                absl::Span<const std::string> features,
                                                                const rpc::Call& call) override;

 private:
  const std::unique_ptr<ingestion::v1::FeatureService::Stub> stub_;
  const absl::Duration timeout_;
  prometheus::Histogram& seconds_;
  prometheus::Counter& failures_;
};

}  // namespace clientele::inference
