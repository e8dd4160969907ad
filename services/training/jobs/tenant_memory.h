// What the setting worker.memory_per_tenant says.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace clientele::training {

// Bytes that one tenant's jobs may hold together; 0: no bound of their own. `text` is a size as config::ParseByteSize
// takes it, a part of `all` bytes such as "50%" or "12.5%", or empty: none. INVALID_ARGUMENT names the setting: neither
// of them, not above 0 % and at most 100 %, or a part where all jobs together have no bound (`all` is 0).
absl::StatusOr<int64_t> ParseTenantMemory(absl::string_view text, int64_t all);

}  // namespace clientele::training
