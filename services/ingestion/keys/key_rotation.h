// What goes on behind RotateKeys: customers' keys are wrapped with the newest of their tenant's, on a thread of its
// own.
#pragma once

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "services/ingestion/keys/customer_keys.h"

namespace clientele::ingestion {

// Thread-safe.
class KeyRotation {
 public:
  // Goes on with what was not done. `keys` must outlive it.
  explicit KeyRotation(CustomerKeys& keys);
  ~KeyRotation();  // After at most a thousand customers; joins.
  KeyRotation(const KeyRotation&) = delete;
  KeyRotation& operator=(const KeyRotation&) = delete;

  // A tenant has a new key.
  void Begin() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run();
  absl::Status RewrapAll();
  bool stopped() const ABSL_LOCKS_EXCLUDED(mutex_);

  CustomerKeys& keys_;
  mutable absl::Mutex mutex_;
  absl::CondVar changed_;
  bool has_work_ ABSL_GUARDED_BY(mutex_) = true;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // The last: it uses all others.
};

}  // namespace clientele::ingestion
