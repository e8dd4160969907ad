// What one tenant may still use of this server, and what it has used since the server started.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/observability/metrics.h"
#include "common/quota/quota_table.h"
#include "common/quota/token_bucket.h"

namespace clientele::quota {

// Totals since the account was opened, but for the streams, which are open now.
struct Usage {
  int64_t calls = 0;
  int64_t refused = 0;  // Of them.
  int64_t rows = 0;     // That were let through.
  absl::Duration cpu;
  absl::Duration job_cpu;  // Of the processes of training jobs that ended.
  int64_t received_bytes = 0;
  int64_t sent_bytes = 0;
  int64_t open_streams = 0;
};

// What a tenant keeps at a server now.
struct Standing {
  int64_t stored_records = 0;
  int64_t stored_bytes = 0;
  int64_t models = 0;
  int64_t model_versions = 0;
};

// The same as counters for Prometheus; tenants beyond the first hundred share theirs.
struct UsageCounters {
  prometheus::Counter& calls;
  prometheus::Counter& refused;
  prometheus::Counter& rows;
};

// Thread-safe.
class Account {
 public:
  Account(std::string tenant, const Limits& limits, UsageCounters counters, absl::Time now);

  const std::string& tenant() const { return tenant_; }
  double weight() const { return weight_.load(std::memory_order_relaxed); }

  void SetLimits(const Limits& limits, absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);

  // A call that begins at `now` and asks for `rows`. RESOURCE_EXHAUSTED with QUOTA_EXCEEDED: over its rate, and nothing
  // is taken. A call that is refused counts as a call.
  absl::Status Admit(int64_t rows, absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);
  // The same of a stream. Where it is let through, CloseStream must follow.
  absl::Status OpenStream(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);
  void CloseStream() ABSL_LOCKS_EXCLUDED(mutex_);
  // Rows of a stream's message are always let through; its next is not to be read before the time this returns.
  absl::Time Pace(int64_t rows, absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);

  // How long until another job may begin; zero: now.
  absl::Duration JobWait(absl::Time now) const ABSL_LOCKS_EXCLUDED(mutex_);
  // A job of the tenant has ended and used so much.
  void AddJobCpu(absl::Duration cpu, absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);
  // Used today by jobs before the account was opened: taken from what there is, and not counted again.
  void TakeJobCpu(absl::Duration cpu, absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);

  // The tenant has reached a limit that is not one of rates: OverQuota, counted.
  absl::Status RefuseAt(absl::string_view quota, double limit, absl::Duration retry_after)
      ABSL_LOCKS_EXCLUDED(mutex_);

  void AddReceived(int64_t bytes) { received_bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  void AddSent(int64_t bytes) { sent_bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  void AddCpu(absl::Duration time) {
    cpu_nanoseconds_.fetch_add(absl::ToInt64Nanoseconds(time), std::memory_order_relaxed);
  }

  Usage usage() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::Status TakeRequest(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Refuse(absl::string_view quota, double limit, absl::Duration retry_after)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CountRows(int64_t rows) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string tenant_;
  const UsageCounters counters_;
  std::atomic<double> weight_;
  std::atomic<int64_t> received_bytes_{0}, sent_bytes_{0}, cpu_nanoseconds_{0};
  mutable absl::Mutex mutex_;
  TokenBucket requests_ ABSL_GUARDED_BY(mutex_);
  TokenBucket rows_ ABSL_GUARDED_BY(mutex_);
  TokenBucket job_cpu_ ABSL_GUARDED_BY(mutex_);  // In seconds.
  int64_t most_streams_ ABSL_GUARDED_BY(mutex_);
  Usage used_ ABSL_GUARDED_BY(mutex_);  // Calls, rows and streams of it.
};

}  // namespace clientele::quota
