// Labels from ingestion's FeatureService.
#pragma once

#include <grpcpp/channel.h>

#include <memory>

#include "absl/time/time.h"
#include "clientele/ingestion/v1/feature_service.grpc.pb.h"
#include "services/inference/monitoring/label_source.h"

namespace clientele::inference {

// Thread-safe. Each request waits at most `timeout`, and never longer than its caller; many instants are several
// requests.
class LabelClient final : public LabelSource {
 public:
  LabelClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout);

  absl::StatusOr<std::vector<std::optional<double>>> Labels(const TenantId& tenant, const common::v1::Label& label,
                                                            absl::Span<const CustomerInstant> instants,
                                                            const rpc::Call& call) override;

 private:
  const std::unique_ptr<ingestion::v1::FeatureService::Stub> stub_;
  const absl::Duration timeout_;
};

}  // namespace clientele::inference
