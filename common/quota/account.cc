#include "common/quota/account.h"

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"
#include "common/quota/refusal.h"

namespace clientele::quota {
namespace {

constexpr absl::Duration kStreamRetry = absl::Seconds(1);  // When a stream ends is not known.
constexpr double kSecondsOfDay = 86'400;

}  // namespace

Account::Account(std::string tenant, const Limits& limits, UsageCounters counters, absl::Time now)
    : tenant_(std::move(tenant)),
      counters_(counters),
      weight_(limits.weight),
      requests_(limits.requests_per_second, limits.request_burst, now),
      rows_(limits.rows_per_second, limits.row_burst, now),
      job_cpu_(limits.job_cpu_seconds_per_day / kSecondsOfDay, limits.job_cpu_seconds_per_day, now),
      most_streams_(limits.concurrent_streams) {}

void Account::SetLimits(const Limits& limits, absl::Time now) {
  weight_.store(limits.weight, std::memory_order_relaxed);
  absl::MutexLock lock(&mutex_);
  requests_.SetLimits(limits.requests_per_second, limits.request_burst, now);
  rows_.SetLimits(limits.rows_per_second, limits.row_burst, now);
  job_cpu_.SetLimits(limits.job_cpu_seconds_per_day / kSecondsOfDay, limits.job_cpu_seconds_per_day, now);
  most_streams_ = limits.concurrent_streams;
}

absl::Status Account::Refuse(absl::string_view quota, double limit, absl::Duration retry_after) {
  ++used_.refused;
  counters_.refused.Increment();
  return OverQuota(tenant_, quota, limit, retry_after);
}

void Account::CountRows(int64_t rows) {
  if (rows == 0) return;
  used_.rows += rows;
  counters_.rows.Increment(static_cast<double>(rows));
}

absl::Status Account::TakeRequest(absl::Time now) {
  ++used_.calls;
  counters_.calls.Increment();
  const absl::Duration wait = requests_.Wait(now);
  if (wait > absl::ZeroDuration()) return Refuse("requests_per_second", requests_.rate(), wait);
  return absl::OkStatus();
}

absl::Status Account::Admit(int64_t rows, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  CLIENTELE_RETURN_IF_ERROR(TakeRequest(now));
  const absl::Duration wait = rows == 0 ? absl::ZeroDuration() : rows_.Wait(now);
  if (wait > absl::ZeroDuration()) return Refuse("rows_per_second", rows_.rate(), wait);
  requests_.Take(1, now);
  rows_.Take(static_cast<double>(rows), now);
  CountRows(rows);
  return absl::OkStatus();
}

absl::Status Account::OpenStream(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  CLIENTELE_RETURN_IF_ERROR(TakeRequest(now));
  if (most_streams_ > 0 && used_.open_streams >= most_streams_) {
    return Refuse("concurrent_streams", static_cast<double>(most_streams_), kStreamRetry);
  }
  requests_.Take(1, now);
  ++used_.open_streams;
  return absl::OkStatus();
}

void Account::CloseStream() {
  absl::MutexLock lock(&mutex_);
  --used_.open_streams;
}

absl::Time Account::Pace(int64_t rows, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  const absl::Time begin = now + rows_.Wait(now);
  rows_.Take(static_cast<double>(rows), now);
  CountRows(rows);
  return begin;
}

absl::Duration Account::JobWait(absl::Time now) const {
  absl::MutexLock lock(&mutex_);
  return job_cpu_.Wait(now);
}

void Account::AddJobCpu(absl::Duration cpu, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  used_.job_cpu += cpu;
  job_cpu_.Take(absl::ToDoubleSeconds(cpu), now);
}

void Account::TakeJobCpu(absl::Duration cpu, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  job_cpu_.Take(absl::ToDoubleSeconds(cpu), now);
}

absl::Status Account::RefuseAt(absl::string_view quota, double limit, absl::Duration retry_after) {
  absl::MutexLock lock(&mutex_);
  return Refuse(quota, limit, retry_after);
}

Usage Account::usage() const {
  absl::MutexLock lock(&mutex_);
  Usage usage = used_;
  usage.cpu = absl::Nanoseconds(cpu_nanoseconds_.load(std::memory_order_relaxed));
  usage.received_bytes = received_bytes_.load(std::memory_order_relaxed);
  usage.sent_bytes = sent_bytes_.load(std::memory_order_relaxed);
  return usage;
}

}  // namespace clientele::quota
