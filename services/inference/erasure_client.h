// ErasureSource from ingestion's PrivacyService.
#pragma once

#include <grpcpp/channel.h>

#include <memory>

#include "absl/time/time.h"
#include "clientele/ingestion/v1/privacy_service.grpc.pb.h"
#include "common/rpc/watch_call.h"
#include "services/inference/privacy/erasure_source.h"

namespace clientele::inference {

// Thread-safe; one Watch at a time. A report waits at most `timeout`.
class ErasureClient final : public ErasureSource {
 public:
  ErasureClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout);

  absl::Status Watch(int64_t sequence,
                     absl::FunctionRef<bool(const ingestion::v1::WatchErasuresResponse&)> visit) override;
  absl::Status Report(absl::Span<const ingestion::v1::ErasureReport> reports) override;
  void Stop() override { watch_.Stop(); }

 private:
  const std::unique_ptr<ingestion::v1::PrivacyService::Stub> stub_;
  const absl::Duration timeout_;
  rpc::WatchCall watch_;
};

}  // namespace clientele::inference
