// Money, lengths of time and names as people read them.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/text/numbers.h"
#include "common/text/values.h"

namespace clientele::cli {

std::string FormatMoney(int64_t micros, absl::string_view currency);  // "1,234.50 USD"
std::string FormatSeconds(absl::Duration duration);                   // "0.8 s", "12 s", "3 min 5 s"

// "churn" for "tenants/demo/models/churn".
std::string LastSegment(absl::string_view name);
// A JSON string literal; bytes that are not UTF-8 become U+FFFD.
std::string JsonString(absl::string_view text);
// Of a proto enum's name without its prefix, for people: "PUBLISHED_ACTIVE" -> "published active".
std::string Words(absl::string_view upper_snake);

}  // namespace clientele::cli
