// Numbers and instants as people read them.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace clientele::cli {

std::string FormatCount(int64_t count);                               // 1,234,567
std::string FormatNumber(double value, int decimals);                 // 1,234.50
std::string FormatPercent(double share, int decimals);                // 0.125, 1 -> "12.5 %"
std::string FormatMoney(int64_t micros, absl::string_view currency);  // "1,234.50 USD"
std::string FormatDate(absl::Time time);                              // 2026-11-21, UTC
std::string FormatDateTime(absl::Time time);                          // 2026-11-21 13:05, UTC
std::string FormatSeconds(absl::Duration duration);                   // "0.8 s", "12 s", "3 min 5 s"

// "churn" for "tenants/demo/models/churn".
std::string LastSegment(absl::string_view name);
// A JSON string literal; bytes that are not UTF-8 become U+FFFD.
std::string JsonString(absl::string_view text);
// Of a proto enum's name without its prefix, for people: "PUBLISHED_ACTIVE" -> "published active".
std::string Words(absl::string_view upper_snake);

}  // namespace clientele::cli
