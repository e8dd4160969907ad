#include "common/rpc/health_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/rpc/status.h"

namespace clientele::rpc {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// One watch: sends the status whenever it has changed, one message at a time, so that a slow watcher sees the newest.
// All of it is guarded by the service's mutex.
class HealthService::Watcher final : public grpc::ServerWriteReactor<HealthCheckResponse> {
 public:
  Watcher(HealthService& health, std::string service) : health_(health), service_(std::move(service)) {
    absl::MutexLock lock(&health_.mutex_);
    health_.watchers_.insert(this);
    Step();
  }

  void Step() ABSL_EXCLUSIVE_LOCKS_REQUIRED(health_.mutex_) {
    if (writing_ || finished_) return;
    const Status status = health_.StatusOf(service_);
    if (!gone_ && status != sent_) {
      writing_ = true;
      sent_ = status;
      message_.set_status(status);
      StartWrite(&message_);
    } else if (gone_ || health_.ending_) {
      finished_ = true;
      Finish(ToGrpc(
          gone_ ? absl::CancelledError("the caller has gone")
                : Error(absl::StatusCode::kUnavailable, ErrorReason::kShuttingDown, "the server is shutting down")));
    }
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&health_.mutex_);
    writing_ = false;
    gone_ = gone_ || !ok;
    Step();
  }
  void OnCancel() override {
    absl::MutexLock lock(&health_.mutex_);
    gone_ = true;
    Step();
  }
  void OnDone() override {
    {
      absl::MutexLock lock(&health_.mutex_);
      health_.watchers_.erase(this);
    }
    delete this;
  }

 private:
  HealthService& health_;
  const std::string service_;
  HealthCheckResponse message_;
  Status sent_ = HealthCheckResponse::UNKNOWN;
  bool writing_ = false;
  bool gone_ = false;
  bool finished_ = false;
};

void HealthService::Add(const std::vector<std::string>& services) {
  absl::MutexLock lock(&mutex_);
  services_.insert(services.begin(), services.end());
  services_.insert("");
  Tell();
}

void HealthService::Serve() {
  absl::MutexLock lock(&mutex_);
  serving_ = true;
  Tell();
}

void HealthService::StopServing() {
  absl::MutexLock lock(&mutex_);
  serving_ = false;
  Tell();
}

void HealthService::Shutdown() {
  absl::MutexLock lock(&mutex_);
  serving_ = false;
  ending_ = true;
  Tell();
}

HealthService::Status HealthService::StatusOf(const std::string& service) const {
  if (!services_.contains(service)) return HealthCheckResponse::SERVICE_UNKNOWN;
  return serving_ ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

void HealthService::Tell() {
  for (Watcher* watcher : watchers_) {
    // Every watcher is one of this service.
    [](Watcher* one) ABSL_NO_THREAD_SAFETY_ANALYSIS { one->Step(); }(watcher);
  }
}

grpc::ServerUnaryReactor* HealthService::Check(grpc::CallbackServerContext* context, const HealthCheckRequest* request,
                                               HealthCheckResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::MutexLock lock(&mutex_);
  const Status status = StatusOf(request->service());
  response->set_status(status);
  reactor->Finish(status == HealthCheckResponse::SERVICE_UNKNOWN
                      ? ToGrpc(Error(absl::StatusCode::kNotFound, ErrorReason::kUnimplemented,
                                     absl::StrCat("this server has no service \"", request->service(), "\"")))
                      : grpc::Status::OK);
  return reactor;
}

grpc::ServerWriteReactor<HealthCheckResponse>* HealthService::Watch(grpc::CallbackServerContext*,
                                                                    const HealthCheckRequest* request) {
  return new Watcher(*this, request->service());
}

}  // namespace clientele::rpc
