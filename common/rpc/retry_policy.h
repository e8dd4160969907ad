// Which calls a client repeats by itself.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace clientele::rpc {

// "package.Service/Method" of every method that may be repeated: reads, scores, and writes that know a repetition by the ids
// they carry.
absl::Span<const absl::string_view> RepeatableMethods();

// The gRPC service config that says so: UNAVAILABLE alone, four attempts, exponential back-off, throttled where the server
// keeps failing; calls are spread over all addresses, or, `health_checked`, over those whose health says SERVING.
std::string ServiceConfig(bool health_checked);

}  // namespace clientele::rpc
