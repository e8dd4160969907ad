#include "common/rpc/polling_threads.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "absl/time/time.h"
#include "common/observability/log.h"

namespace clientele::rpc {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(5);

// As many as gRPC makes, which it tells nobody. It counts processors that this process may not use, too.
int All() { return std::clamp(static_cast<int>(sysconf(_SC_NPROCESSORS_CONF)) / 2, 2, 16); }

std::atomic<int> all_sleeping = 0;  // In this process.

}  // namespace

struct PollingThreads::Visit {
  bool begun = false;
  grpc::ClientContext context;
  const grpc::Slice nothing{"", 0};
  const grpc::ByteBuffer request{&nothing, 1};
  grpc::ByteBuffer response;
};

PollingThreads::PollingThreads(int wanted) : nowhere_(grpc::CreateChannel("", nullptr)) {
  if (wanted <= 0) return;
  for (; all_sleeping.fetch_add(1) < All() - wanted; ++sleeping_) {
    if (VisitOne(/*to_sleep=*/true) && VisitOne(/*to_sleep=*/false)) continue;
    observability::Log(observability::LogLevel::kWarn, "gRPC has fewer threads than it is known for; none sleeps", {});
    absl::MutexLock lock(&mutex_);
    awake_ = true;
    break;
  }
  all_sleeping.fetch_sub(1);  // Of the one too many.
}

PollingThreads::~PollingThreads() {
  all_sleeping.fetch_sub(sleeping_);
  absl::MutexLock lock(&mutex_);
  awake_ = true;
  const auto all_ended = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ended_ == visits_.size(); };
  mutex_.Await(absl::Condition(&all_ended));
}

int PollingThreads::Enough() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / 2); }

bool PollingThreads::VisitOne(bool to_sleep) {
  Visit& visit = *visits_.emplace_back(std::make_unique<Visit>());
  nowhere_.UnaryCall(&visit.context, "/", {}, &visit.request, &visit.response,
                     [this, to_sleep, &visit](const grpc::Status&) {
                       absl::MutexLock lock(&mutex_);
                       visit.begun = true;
                       if (to_sleep) mutex_.Await(absl::Condition(&awake_));
                       ++ended_;
                     });
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&visit.begun), kPatience);
}

}  // namespace clientele::rpc
