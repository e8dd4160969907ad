// The limits of all tenants: a default, and what some tenants have instead. Kept as the JSON of a
// ListTenantQuotasResponse, so that what an operator writes, what the RPC answers and what the command prints are the
// same:
//
//   {"tenant_quotas": [
//     {"name": "tenants/-/quota", "requests_per_second": 100},
//     {"name": "tenants/acme/quota", "rows_per_second": 20000, "weight": 2}
//   ]}
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/admin/v1/admin_service.pb.h"

namespace clientele::quota {

inline constexpr absl::string_view kDefaultTenant = "-";  // Stands for the default where a tenant's id stands.

// What holds for a tenant. 0: no limit.
struct Limits {
  double requests_per_second = 0;
  double request_burst = 0;  // 0: what comes in a second.
  double rows_per_second = 0;
  double row_burst = 0;
  int64_t concurrent_streams = 0;
  int64_t concurrent_jobs = 0;
  int64_t queued_jobs = 0;
  double job_cpu_seconds_per_day = 0;
  int64_t stored_records = 0;
  int64_t stored_bytes = 0;
  int64_t models = 0;
  int64_t model_versions = 0;
  double weight = 1;
};

// A value: copied, changed and written back. Empty: nobody has a limit.
class QuotaTable {
 public:
  // INVALID_ARGUMENT: not such JSON, or a limit that is none. "" is the empty table.
  static absl::StatusOr<QuotaTable> Parse(absl::string_view text);
  std::string Format() const;

  // `id` is a tenant's, or kDefaultTenant.
  Limits LimitsOf(absl::string_view id) const;
  // As it holds, with the etag of what was written for it.
  admin::v1::TenantQuota Effective(absl::string_view id) const;
  // As written, the default first, then by tenant; with names and etags.
  admin::v1::ListTenantQuotasResponse Written() const;

  // Replaces what is written for `id`; nothing set takes it out. INVALID_ARGUMENT names the first field that is wrong.
  absl::Status Set(absl::string_view id, admin::v1::TenantQuota quota);

  // What is written for `id`; nothing set where there is none. Without name and etag.
  admin::v1::TenantQuota Own(absl::string_view id) const;
  // Changes whenever what is written for `id` does.
  std::string EtagOf(absl::string_view id) const;

 private:
  std::map<std::string, admin::v1::TenantQuota, std::less<>> quotas_;  // Without names and etags.
};

// "tenants/acme/quota" for "acme".
std::string FormatQuotaName(absl::string_view id);

}  // namespace clientele::quota
