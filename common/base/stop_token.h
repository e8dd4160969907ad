// Deadline and cancellation, carried to the innermost loop as one value that is cheap to copy and to poll.
#pragma once

#include <atomic>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace clientele {

// Thread-safe. A default token never stops.
class StopToken {
 public:
  StopToken() = default;
  explicit StopToken(absl::Time deadline, std::shared_ptr<const std::atomic<bool>> cancelled = nullptr)
      : deadline_(deadline), cancelled_(std::move(cancelled)) {}

  bool cancelled() const { return cancelled_ && cancelled_->load(std::memory_order_relaxed); }
  absl::Time deadline() const { return deadline_; }

  // OK; or CANCELLED, or DEADLINE_EXCEEDED.
  absl::Status Check() const {
    if (cancelled()) return absl::CancelledError("cancelled");
    if (deadline_ != absl::InfiniteFuture() && absl::Now() >= deadline_) {
      return absl::DeadlineExceededError("the deadline has passed");
    }
    return absl::OkStatus();
  }

 private:
  absl::Time deadline_ = absl::InfiniteFuture();
  std::shared_ptr<const std::atomic<bool>> cancelled_;
};

}  // namespace clientele
