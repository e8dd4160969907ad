#include "common/rpc/polling_threads.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "absl/time/time.h"
#include "common/observability/log.h"

namespace clientele::rpc {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(5);  // With a thread that gRPC may not have.
constexpr absl::Duration kLookEvery = absl::Milliseconds(20);
constexpr int kCalmLooks = 50;  // A second.

// As many as gRPC makes, which it tells nobody. It counts processors that this process may not use, too.
int All() { return std::clamp(static_cast<int>(sysconf(_SC_NPROCESSORS_CONF)) / 2, 2, 16); }

std::atomic<int> all_sleepers = 0;  // In this process.

}  // namespace

struct PollingThreads::Visit {
  bool begun = false, ended = false;
  grpc::ClientContext context;
  const grpc::Slice nothing{"", 0};
  const grpc::ByteBuffer request{&nothing, 1};
  grpc::ByteBuffer response;
};

PollingThreads::PollingThreads(int wanted, absl::Duration too_long)
    : too_long_(too_long), nowhere_(grpc::CreateChannel("", nullptr)) {
  if (wanted <= 0) return;
  for (; all_sleepers.fetch_add(1) < All() - wanted; ++most_) {
    const Visit& sleeper = Begin(/*to_sleep=*/true);
    const Visit& other = Begin(/*to_sleep=*/false);
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&sleeper.begun), kPatience) &&
        mutex_.AwaitWithTimeout(absl::Condition(&other.begun), kPatience)) {
      continue;
    }
    observability::Log(observability::LogLevel::kWarn, "gRPC has fewer threads than it is known for; all work", {});
    may_sleep_ = most_ = 0;
    break;
  }
  all_sleepers.fetch_sub(1);  // The one too many.
  if (most_ > 0) watch_ = std::thread([this] { Watch(); });
}

PollingThreads::~PollingThreads() {
  all_sleepers.fetch_sub(most_);
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    may_sleep_ = 0;
  }
  if (watch_.joinable()) watch_.join();
  absl::MutexLock lock(&mutex_);
  for (const auto& visit : visits_) mutex_.Await(absl::Condition(&visit->ended));
}

int PollingThreads::Enough() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / 2); }

PollingThreads::Visit& PollingThreads::Begin(bool to_sleep) {
  {
    absl::MutexLock lock(&mutex_);
    std::erase_if(visits_, [](const auto& visit) { return visit->ended; });
    if (to_sleep) ++may_sleep_;
  }
  Visit& visit = *visits_.emplace_back(std::make_unique<Visit>());
  nowhere_.UnaryCall(&visit.context, "/", {}, &visit.request, &visit.response,
                     [this, to_sleep, &visit](const grpc::Status&) {
                       absl::MutexLock lock(&mutex_);
                       visit.begun = true;
                       if (to_sleep) SleepHere();
                       visit.ended = true;
                     });
  return visit;
}

void PollingThreads::SleepHere() {
  ++asleep_;
  const auto wakes = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return asleep_ > may_sleep_; };
  mutex_.Await(absl::Condition(&wakes));
  --asleep_;
}

bool PollingThreads::IsCalm() {
  const Visit& visit = Begin(/*to_sleep=*/false);
  absl::MutexLock lock(&mutex_);
  bool is_calm = true;
  while (!mutex_.AwaitWithTimeout(absl::Condition(&visit.begun), too_long_)) {
    // Once may be a processor that was elsewhere.
    if (!was_calm_) may_sleep_ = std::max(0, may_sleep_ - 1);
    was_calm_ = is_calm = false;
  }
  was_calm_ = is_calm;
  return is_calm;
}

bool PollingThreads::StopsWithin(absl::Duration duration) {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&stopped_), duration);
}

void PollingThreads::Watch() {
  int calm_looks = 0;
  while (!StopsWithin(kLookEvery)) {
    calm_looks = IsCalm() ? calm_looks + 1 : 0;
    if (calm_looks < kCalmLooks) continue;
    calm_looks = 0;
    if (sleepers() < most_) Begin(/*to_sleep=*/true);
  }
}

}  // namespace clientele::rpc
