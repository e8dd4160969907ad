// ConsentSource from ingestion's ConsentService.
#pragma once

#include <grpcpp/channel.h>

#include <memory>

#include "clientele/ingestion/v1/consent_service.grpc.pb.h"
#include "common/rpc/watch_call.h"
#include "services/inference/privacy/consent_source.h"

namespace clientele::inference {

// Thread-safe; one Watch at a time.
class ConsentClient final : public ConsentSource {
 public:
  explicit ConsentClient(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(ingestion::v1::ConsentService::NewStub(channel)) {}

  absl::Status Watch(int64_t sequence,
                     absl::FunctionRef<bool(const ingestion::v1::WatchScoringConsentsResponse&)> visit) override;
  void Stop() override { watch_.Stop(); }

 private:
  const std::unique_ptr<ingestion::v1::ConsentService::Stub> stub_;
  rpc::WatchCall watch_;
};

}  // namespace clientele::inference
