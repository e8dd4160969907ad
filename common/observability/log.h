// Structured logs: one line an event, with fields, as text or as JSON, to standard error. Never a customer's data: no names,
// no values, no content of requests.
//
//   observability::Log(LogLevel::kInfo, "model version active", {{"tenant", tenant.value()}, {"version", version}});
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace clientele::observability {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

struct LogOptions {
  std::string program;          // Stands in every JSON line.
  std::string format = "text";  // text or json
  std::string level = "info";   // debug, info, warn, error or off
};

// One named value of a line.
struct LogField {
  LogField(absl::string_view k, absl::string_view v) : key(k), value(std::string(v)) {}
  LogField(absl::string_view k, const std::string& v) : key(k), value(v) {}
  LogField(absl::string_view k, const char* v) : key(k), value(std::string(v)) {}
  LogField(absl::string_view k, bool v) : key(k), value(v) {}
  LogField(absl::string_view k, double v) : key(k), value(v) {}
  template <typename T, typename = std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>>>
  LogField(absl::string_view k, T v) : key(k), value(static_cast<int64_t>(v)) {}

  absl::string_view key;
  std::variant<std::string, int64_t, double, bool> value;
};

// Sets where and how the process logs; once, early in main. Before it, lines are text at level info.
// INVALID_ARGUMENT naming the option and what it allows.
absl::Status InitLogging(const LogOptions& options);

// Whether a line of this level is written at all. Cheap.
bool LogEnabled(LogLevel level);

// Thread-safe. Values are escaped: a line break cannot forge a line.
void Log(LogLevel level, absl::string_view message, std::initializer_list<LogField> fields = {});

// The line as Log writes it, without time and level; `json` gives `"message":...,"key":...`.
std::string FormatLogLine(bool json, absl::string_view message, std::initializer_list<LogField> fields);

}  // namespace clientele::observability
