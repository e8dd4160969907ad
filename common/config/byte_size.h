// Sizes as people write them: "512MiB", "1.5GiB", "8GB", "1048576".
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace clientele::config {

// Bytes. Units: B, KiB, MiB, GiB, TiB of 1,024, and kB, MB, GB, TB of 1,000; none: bytes. INVALID_ARGUMENT names `key`:
// no number, below 0, an unknown unit, or 2^63 and more.
absl::StatusOr<int64_t> ParseByteSize(absl::string_view key, absl::string_view text);

// In the largest unit of 1,024 that leaves at least 1, with one decimal: "1.5 GiB", "512 B".
std::string FormatByteSize(int64_t bytes);

}  // namespace clientele::config
