// How many customers a tenant has, from ingestion's report.
#pragma once

#include <grpcpp/channel.h>

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clientele/ingestion/v1/ingestion_service.grpc.pb.h"
#include "common/base/ids.h"

namespace clientele::training {

// Thread-safe.
class CustomerCountClient {
 public:
  // `timeout` is for one call.
  CustomerCountClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout)
      : stub_(ingestion::v1::IngestionService::NewStub(channel)), timeout_(timeout) {}

  absl::StatusOr<int64_t> Count(const TenantId& tenant);

 private:
  const std::unique_ptr<ingestion::v1::IngestionService::Stub> stub_;
  const absl::Duration timeout_;
};

}  // namespace clientele::training
