// DueVersionService over gRPC.
#pragma once

#include "clientele/inference/v1/due_version_service.grpc.pb.h"
#include "common/base/executor.h"
#include "common/storage/followed_erasures.h"

namespace clientele::inference {

// Thread-safe. All it is given must outlive it.
class DueVersionService final : public v1::DueVersionService::CallbackService {
 public:
  DueVersionService(const storage::FollowedErasures& followed, Executor& calls) : followed_(followed), calls_(calls) {}

  grpc::ServerUnaryReactor* ListDueVersions(grpc::CallbackServerContext* context,
                                            const v1::ListDueVersionsRequest* request,
                                            v1::ListDueVersionsResponse* response) override;

 private:
  const storage::FollowedErasures& followed_;
  Executor& calls_;
};

}  // namespace clientele::inference
