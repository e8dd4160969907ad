#include "services/training/jobs/job_quota.h"

namespace clientele::training {
namespace {

constexpr absl::Duration kQueueRetry = absl::Minutes(1);  // When a job ends is not known.

}  // namespace

TenantShare JobQuota::ShareOf(const TenantId& tenant) {
  const quota::Limits limits = meter_.LimitsOf(tenant.value());
  const bool has_cpu = meter_.Of(tenant.value()).JobWait(clock_.Now()) == absl::ZeroDuration();
  return {.weight = limits.weight, .max_running = limits.concurrent_jobs, .may_begin = has_cpu};
}

absl::Status JobQuota::Admit(const TenantId& tenant, int64_t waiting) {
  const quota::Limits limits = meter_.LimitsOf(tenant.value());
  quota::Account& account = meter_.Of(tenant.value());
  if (limits.queued_jobs > 0 && waiting >= limits.queued_jobs) {
    return account.RefuseAt("queued_jobs", static_cast<double>(limits.queued_jobs), kQueueRetry);
  }
  const absl::Duration wait = account.JobWait(clock_.Now());
  if (wait == absl::ZeroDuration()) return absl::OkStatus();
  return account.RefuseAt("job_cpu_seconds_per_day", limits.job_cpu_seconds_per_day, wait);
}

void JobQuota::Charge(const TenantId& tenant, absl::Duration cpu) {
  meter_.Of(tenant.value()).AddJobCpu(cpu, clock_.Now());
}

}  // namespace clientele::training
