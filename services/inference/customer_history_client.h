// CustomerHistory from ingestion's FeatureService and CustomerService.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "clientele/ingestion/v1/customer_service.grpc.pb.h"
#include "clientele/ingestion/v1/feature_service.grpc.pb.h"
#include "services/inference/scoring/customer_history.h"

namespace clientele::inference {

// Thread-safe. Each request to ingestion waits at most `timeout`, and never longer than the caller.
class CustomerHistoryClient final : public CustomerHistory {
 public:
  CustomerHistoryClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout);

  absl::StatusOr<ingestion::v1::BatchGetFeaturesResponse> FeaturesAt(const TenantId& tenant,
                                                                     absl::Span<const std::string> customer_ids,
                                                                     absl::Span<const std::string> features,
                                                                     const PastInstant& instant,
                                                                     const rpc::Call& call) override;
  absl::Status ForEachRecord(const TenantId& tenant, const std::string& customer_id, const rpc::Call& call,
                             absl::FunctionRef<bool(const ingestion::v1::Record&)> visit) override;

 private:
  const std::unique_ptr<ingestion::v1::FeatureService::Stub> features_;
  const std::unique_ptr<ingestion::v1::CustomerService::Stub> customers_;
  const absl::Duration timeout_;
};

}  // namespace clientele::inference
