// Where big objects die: on a thread of its own, once nobody else holds them. So whoever happens to let go last, a call
// that scores for example, does not pay for freeing them.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace clientele::inference {

// Thread-safe.
class Reaper {
 public:
  Reaper() : thread_([this] { Run(); }) {}
  ~Reaper() { Stop(); }

  // Frees `object` once nobody else holds it, then calls `after` where there is one. Nobody must be able to get it
  // anew. Once stopped, only lets go of it.
  void Take(std::shared_ptr<const void> object, std::function<void()> after = nullptr) ABSL_LOCKS_EXCLUDED(mutex_);

  // Lets go of everything; joins. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Item {
    std::shared_ptr<const void> object;
    std::function<void()> after;
  };

  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  // Those that nobody else holds; waits until there may be some. False once stopped.
  bool Next(std::vector<Item>& free) ABSL_LOCKS_EXCLUDED(mutex_);

  absl::Mutex mutex_;
  absl::CondVar changed_;
  std::vector<Item> items_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: it uses the rest.
};

}  // namespace clientele::inference
