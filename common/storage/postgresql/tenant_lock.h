// Locks of a tenant that a transaction holds to its end, whatever rows there are. Statements for its beginning.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/ids.h"

namespace clientele::storage::postgresql {

// What is locked of the tenant: any numbers that nobody else takes.
enum class TenantLock { kRecords = 1'129'072'206, kKeys = 1'129'072'207 };

// With others that share it.
inline std::string ShareTenant(TenantLock lock, const TenantId& tenant) {
  return absl::StrCat("SELECT pg_advisory_xact_lock_shared(", static_cast<int>(lock), ", ",
                      static_cast<int32_t>(Hash64(tenant.value())), ")");
}
// Alone.
inline std::string HoldTenant(TenantLock lock, const TenantId& tenant) {
  return absl::StrCat("SELECT pg_advisory_xact_lock(", static_cast<int>(lock), ", ",
                      static_cast<int32_t>(Hash64(tenant.value())), ")");
}

}  // namespace clientele::storage::postgresql
