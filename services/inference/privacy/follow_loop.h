// Follows what another program tells, on a thread of its own: again whenever the telling ends, after a pause that grows
// while it fails.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/observability/metrics.h"

namespace clientele::inference {

struct FollowPauses {
  absl::Duration first = absl::Milliseconds(200), longest = absl::Seconds(10);  // Between attempts.
};

// Thread-safe.
class FollowLoop {
 public:
  // `follow` goes on until what it follows ends or fails; `stop` makes it end. `what` is for the log: "erasures".
  FollowLoop(std::string what, std::function<absl::Status()> follow, std::function<void()> stop,
             prometheus::Counter& failures, FollowPauses pauses);
  ~FollowLoop();  // Stops, and joins.
  FollowLoop(const FollowLoop&) = delete;
  FollowLoop& operator=(const FollowLoop&) = delete;

 private:
  void Run();
  // Waits that long, or until it is time to end: then true.
  bool Pause(absl::Duration duration) ABSL_LOCKS_EXCLUDED(mutex_);

  const std::string what_;
  const std::function<absl::Status()> follow_;
  const std::function<void()> stop_;
  prometheus::Counter& failures_;
  const FollowPauses pauses_;
  absl::Mutex mutex_;
  absl::CondVar wake_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // The last: it uses all others.
};

}  // namespace clientele::inference
