// What numbers of settings may be.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace clientele::config {

// INVALID_ARGUMENT names the first key whose value is not 1 to 10,000: of threads, queues and whatever else is counted.
absl::Status CheckCounts(std::initializer_list<std::pair<absl::string_view, int64_t>> counts);

}  // namespace clientele::config
