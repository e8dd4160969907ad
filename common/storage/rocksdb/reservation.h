// Keys that somebody is writing just now. Whoever wants one of them waits: so two batches with the same record cannot
// both find it absent.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"

namespace clientele::storage {

// Thread-safe. Holds hashes of keys: where two keys share one, somebody waits a little in vain, and nothing else.
class InFlight {
 public:
  // Holds keys until it dies.
  class Reservation {
   public:
    Reservation() = default;
    Reservation(Reservation&& other) noexcept : owner_(other.owner_), hashes_(std::move(other.hashes_)) {
      other.owner_ = nullptr;
    }
    Reservation& operator=(Reservation&& other) noexcept {
      std::swap(owner_, other.owner_);
      std::swap(hashes_, other.hashes_);
      return *this;
    }
    ~Reservation() {
      if (owner_ != nullptr) owner_->Release(hashes_);
    }

   private:
    friend class InFlight;
    Reservation(InFlight* owner, std::vector<uint64_t> hashes) : owner_(owner), hashes_(std::move(hashes)) {}
    InFlight* owner_ = nullptr;
    std::vector<uint64_t> hashes_;
  };

  // Waits until none of `hashes` is held, then holds them all: all at once, so that two reservations cannot each hold
  // what the other wants.
  Reservation Reserve(std::vector<uint64_t> hashes) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    while (AnyHeld(hashes)) released_.Wait(&mutex_);
    held_.insert(hashes.begin(), hashes.end());
    return Reservation(this, std::move(hashes));
  }

 private:
  bool AnyHeld(const std::vector<uint64_t>& hashes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (held_.empty()) return false;
    for (const uint64_t hash : hashes) {
      if (held_.contains(hash)) return true;
    }
    return false;
  }

  void Release(const std::vector<uint64_t>& hashes) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    for (const uint64_t hash : hashes) held_.erase(hash);
    released_.SignalAll();
  }

  absl::Mutex mutex_;
  absl::CondVar released_;
  absl::flat_hash_set<uint64_t> held_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::storage
