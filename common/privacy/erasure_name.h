// tenants/{tenant}/erasures/{erasure}
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/ids.h"

namespace clientele::privacy {

struct ErasureName {
  TenantId tenant;
  int64_t number = 0;
};

// INVALID_ARGUMENT naming `field`.
absl::StatusOr<ErasureName> ParseErasureName(absl::string_view field, absl::string_view name);
std::string FormatErasure(const TenantId& tenant, int64_t number);

}  // namespace clientele::privacy
