// Limits of pages.
#pragma once

#include <cstddef>

namespace clientele::ingestion {

inline constexpr int kDefaultPageSize = 100;
inline constexpr int kMaxPageSize = 1'000;
// A page ends early when it is this large: clients take 4 MiB by default.
inline constexpr size_t kMaxPageBytes = 3 << 20;

}  // namespace clientele::ingestion
