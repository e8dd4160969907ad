// What a tenant over its quota is told: RESOURCE_EXHAUSTED with the quota, the limit, and, where waiting helps, when to
// come again.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace clientele::quota {

// For `retry_after`: waiting alone changes nothing.
inline constexpr absl::Duration kWaitingDoesNotHelp = absl::InfiniteDuration();

// `quota` is the field of TenantQuota whose `limit` is reached. Carries ErrorInfo, QuotaFailure and, where waiting
// helps, RetryInfo.
absl::Status OverQuota(absl::string_view tenant, absl::string_view quota, double limit, absl::Duration retry_after);

}  // namespace clientele::quota
