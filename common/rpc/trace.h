// Request ids and W3C trace context (https://www.w3.org/TR/trace-context): which call a log line belongs to.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace clientele::rpc {

inline constexpr char kRequestIdKey[] = "x-request-id";
inline constexpr char kTraceparentKey[] = "traceparent";

// `requested` where it is [A-Za-z0-9-]{1,64}, else a new random id of 32 hex digits.
std::string RequestIdOr(absl::string_view requested);

// The traceparent of a new span: in the trace and with the flags of `parent`, or, where `parent` is not valid, in a new
// trace that is not sampled.
std::string ChildTraceparent(absl::string_view parent);

// The 32 hex digits of the trace; "" where `traceparent` is not valid.
absl::string_view TraceId(absl::string_view traceparent);

}  // namespace clientele::rpc
