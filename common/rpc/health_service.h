// grpc.health.v1, for load balancers and probes: SERVING or not, for every service of a server and, under "", for all
// of it. Of our own, because gRPC's keeps its watches open while the server shuts down, which would then wait for them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace clientele::rpc {

// Thread-safe. Outlives the server it is registered with.
class HealthService final : public grpc::health::v1::Health::CallbackService {
 public:
  // These, and "", are what is asked for. None is serving yet.
  void Add(const std::vector<std::string>& services) ABSL_LOCKS_EXCLUDED(mutex_);
  // Every one is serving. Who watches is told.
  void Serve() ABSL_LOCKS_EXCLUDED(mutex_);
  // None is any more. Who watches is told.
  void StopServing() ABSL_LOCKS_EXCLUDED(mutex_);
  // StopServing, and ends the watches once they are told.
  void Shutdown() ABSL_LOCKS_EXCLUDED(mutex_);

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest* request,
                                  grpc::health::v1::HealthCheckResponse* response) override;
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context, const grpc::health::v1::HealthCheckRequest* request) override;

 private:
  class Watcher;
  using Status = grpc::health::v1::HealthCheckResponse::ServingStatus;

  Status StatusOf(const std::string& service) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Tell() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  std::set<std::string> services_ ABSL_GUARDED_BY(mutex_);
  bool serving_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<Watcher*> watchers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::rpc
