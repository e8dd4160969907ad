// How a tenant's jobs are held to its quota: how many may run and wait, and what their processes may use of CPU in a
// day.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/quota/meter.h"
#include "services/training/jobs/next_job.h"

namespace clientele::training {

// Thread-safe. What it is given must outlive it.
class JobQuota {
 public:
  JobQuota(quota::Meter& meter, const Clock& clock) : meter_(meter), clock_(clock) {}

  TenantShare ShareOf(const TenantId& tenant);
  // Whether the tenant, of which so many jobs wait, may send another. RESOURCE_EXHAUSTED with QUOTA_EXCEEDED.
  absl::Status Admit(const TenantId& tenant, int64_t waiting);
  // The process of a job has ended.
  void Charge(const TenantId& tenant, absl::Duration cpu);

 private:
  quota::Meter& meter_;
  const Clock& clock_;
};

}  // namespace clientele::training
