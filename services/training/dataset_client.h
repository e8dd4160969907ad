// Datasets from ingestion's FeatureService.
#pragma once

#include <grpcpp/channel.h>

#include <memory>

#include "absl/time/time.h"
#include "clientele/ingestion/v1/feature_service.grpc.pb.h"
#include "services/training/worker/peers.h"

namespace clientele::training {

// Thread-safe. A dataset that breaks off because ingestion went away is read again from its beginning, twice at most.
class DatasetClient final : public DatasetSource, public ShardSource {
 public:
  // `timeout` is for one reading of a whole dataset.
  DatasetClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout);

  absl::StatusOr<dataset::Dataset> Read(const TenantId& tenant, const common::v1::DatasetSpec& spec,
                                        const StopToken& stop,
                                        absl::FunctionRef<void(int64_t rows, double share)> on_rows) override;
  absl::StatusOr<dataset::Dataset> ReadShards(const TenantId& tenant, const common::v1::DatasetSpec& spec, int first,
                                              int count, const StopToken& stop,
                                              absl::FunctionRef<void(int64_t rows, double share)> on_rows) override;

 private:
  absl::StatusOr<dataset::Dataset> ReadOnce(const ingestion::v1::ReadDatasetRequest& request, const StopToken& stop,
                                            absl::FunctionRef<void(int64_t rows, double share)> on_rows);

  const std::unique_ptr<ingestion::v1::FeatureService::Stub> stub_;
  const absl::Duration timeout_;
};

}  // namespace clientele::training
