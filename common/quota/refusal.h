// What a tenant over its quota is told: RESOURCE_EXHAUSTED with the quota, the limit, and when to come again.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace clientele::quota {

// `quota` is the field of TenantQuota whose `limit` is reached. Carries ErrorInfo, QuotaFailure and RetryInfo.
absl::Status OverQuota(absl::string_view tenant, absl::string_view quota, double limit, absl::Duration retry_after);

}  // namespace clientele::quota
