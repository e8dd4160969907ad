// Keeps the lead of this program, and begins and ends what only the leader does.
#pragma once

#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/observability/metrics.h"
#include "common/storage/leadership.h"

namespace clientele::training {

// What the leader does. Called one after the other, never concurrently.
struct LedWork {
  // This program leads. An error: not for now; it will be called again.
  std::function<absl::Status()> begin;
  // It leads no more: nothing is left at work when this returns, which must be soon, and nothing is written.
  std::function<void()> lose;
  // It goes in order: nothing is left at work when this returns.
  std::function<void()> end;
  // What other programs may have written; several times a second, whether it leads or not.
  std::function<void()> look;
};

// Thread-compatible; has a thread of its own from Start to Stop. All it is given outlives it.
class Leading {
 public:
  Leading(storage::Leadership& leadership, LedWork work, observability::Metrics& metrics);
  ~Leading() { Stop(); }
  Leading(const Leading&) = delete;
  Leading& operator=(const Leading&) = delete;

  // Steps once before it returns: who is alone leads from then on.
  void Start() ABSL_LOCKS_EXCLUDED(mutex_);
  // Ends what was begun, then lets go of the lead. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  // What Start does again and again.
  void Step();
  bool leads() const { return leads_; }

 private:
  void Tell(bool leads);
  // Whether to go on.
  bool Pause() ABSL_LOCKS_EXCLUDED(mutex_);

  storage::Leadership& leadership_;
  const LedWork work_;
  prometheus::Gauge& gauge_;
  bool leads_ = false;
  absl::Mutex mutex_;
  absl::CondVar wake_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace clientele::training
