// PortfolioSource from ingestion's FeatureService.
#pragma once

#include <grpcpp/channel.h>

#include <memory>

#include "absl/time/time.h"
#include "clientele/ingestion/v1/feature_service.grpc.pb.h"
#include "services/inference/value/portfolio_source.h"

namespace clientele::inference {

// Thread-safe. A reading takes at most `timeout`, and never longer than its caller waits.
class PortfolioClient final : public PortfolioSource {
 public:
  PortfolioClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout);

  absl::Status Read(const TenantId& tenant, const common::v1::DatasetSpec& spec, ShardRange shards,
                    const rpc::Call& call,
                    absl::FunctionRef<absl::Status(const ingestion::v1::ReadDatasetResponse&)> visit) override;

 private:
  const std::unique_ptr<ingestion::v1::FeatureService::Stub> stub_;
  const absl::Duration timeout_;
};

}  // namespace clientele::inference
