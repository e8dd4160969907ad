#include "services/inference/privacy/follow_loop.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/observability/log.h"

namespace clientele::inference {

FollowLoop::FollowLoop(std::string what, std::function<absl::Status()> follow, std::function<void()> stop,
                       prometheus::Counter& failures, FollowPauses pauses)
    : what_(std::move(what)),
      follow_(std::move(follow)),
      stop_(std::move(stop)),
      failures_(failures),
      pauses_(pauses),
      thread_([this] { Run(); }) {}

FollowLoop::~FollowLoop() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    wake_.SignalAll();
  }
  stop_();
  thread_.join();
}

bool FollowLoop::Pause(absl::Duration duration) {
  absl::MutexLock lock(&mutex_);
  const absl::Time end = absl::Now() + duration;
  while (!stopped_ && !wake_.WaitWithDeadline(&mutex_, end)) {
  }
  return stopped_;
}

void FollowLoop::Run() {
  absl::Duration pause = pauses_.first;
  do {
    const absl::Time begin = absl::Now();
    const absl::Status status = follow_();
    // A stream that held for a while has nothing to do with the failures before.
    if (status.ok() || absl::Now() - begin > pauses_.longest) pause = pauses_.first;
    if (status.ok()) continue;
    failures_.Increment();
    if (!absl::IsUnavailable(status) && !absl::IsCancelled(status)) {
      observability::Log(observability::LogLevel::kWarn,
                         absl::StrCat(what_, " could not be followed; it is tried again"),
                         {{"error", status.message()}});
    }
    pause = std::min(2 * pause, pauses_.longest);
  } while (!Pause(pause));
}

}  // namespace clientele::inference
