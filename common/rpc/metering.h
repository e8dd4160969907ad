// Whom a call is charged to, and what that does to it: a call over its tenant's quota is refused, a stream is slowed
// down.
#pragma once

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/fair_queue.h"
#include "common/quota/meter.h"

namespace clientele::rpc {

// One of each call, in its context. Open and Charge are called as metadata and messages arrive, by one thread at a
// time; the rest may be called from any thread.
class Metering {
 public:
  // Null: nothing is metered. `meter` must outlive this.
  explicit Metering(quota::Meter* meter) : meter_(meter) {}
  ~Metering();
  Metering(const Metering&) = delete;
  Metering& operator=(const Metering&) = delete;

  bool on() const { return meter_ != nullptr; }

  // A stream of the tenant, before its first message. RESOURCE_EXHAUSTED with QUOTA_EXCEEDED: it may not begin.
  absl::Status Open(absl::string_view tenant);
  // A message of the tenant has arrived. The first of a call that is no stream may be refused, as Open may; so may that
  // of a stream whose tenant was not known before.
  absl::Status Charge(absl::string_view tenant, bool stream, int64_t rows, int64_t bytes);

  // What its caller waits in line as. Of no flow while it is not known whose the call is.
  Flow flow() const;
  // When the stream's next message may be read.
  absl::Time not_before() const { return absl::FromUnixNanos(not_before_.load(std::memory_order_relaxed)); }
  void CountSent(int64_t bytes) const;
  void CountCpu(absl::Duration time) const;

 private:
  quota::Account* account() const { return account_.load(std::memory_order_acquire); }

  quota::Meter* const meter_;
  std::atomic<quota::Account*> account_{nullptr};  // Null: it is not known whose the call is.
  std::atomic<int64_t> not_before_{0};             // Unix nanoseconds.
  std::atomic<double> cost_{1};
  bool open_ = false;  // A stream that the account counts.
};

}  // namespace clientele::rpc
