#include "common/observability/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"

namespace clientele::observability {
namespace {

std::atomic<bool> json_lines{false};

std::shared_ptr<spdlog::logger> NewLogger() {
  return std::make_shared<spdlog::logger>("clientele", std::make_shared<spdlog::sinks::stderr_sink_mt>());
}

// The process's logger. Not spdlog's default one, which writes to standard output, where programs write their results.
std::shared_ptr<spdlog::logger>& Logger() {
  static auto* const logger = new std::shared_ptr<spdlog::logger>(NewLogger());
  return *logger;
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// A JSON string, quotes included.
std::string Quoted(absl::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (u < 0x20 || u == 0x7f) {
      absl::StrAppend(&result, "\\u", absl::Hex(u, absl::kZeroPad4));
    } else {
      result += c;
    }
  }
  return result + '"';
}

bool IsPlainWord(absl::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '\\' || c == '=' || c == 0x7f) return false;
  }
  return true;
}

std::string FormatValue(bool json, const LogField& field) {
  if (const auto* text = std::get_if<std::string>(&field.value)) {
    return !json && IsPlainWord(*text) ? *text : Quoted(*text);
  }
  if (const auto* number = std::get_if<int64_t>(&field.value)) return absl::StrCat(*number);
  if (const auto* real = std::get_if<double>(&field.value)) {
    return std::isfinite(*real) ? absl::StrCat(*real) : Quoted(absl::StrCat(*real));  // JSON has no NaN.
  }
  return std::get<bool>(field.value) ? "true" : "false";
}

}  // namespace

absl::Status InitLogging(const LogOptions& options) {
  if (options.format != "text" && options.format != "json") {
    return InvalidField("log.format", absl::StrCat("\"", options.format, "\" is not one of: text, json"));
  }
  static constexpr std::pair<absl::string_view, spdlog::level::level_enum> kLevels[] = {
      {"debug", spdlog::level::debug}, {"info", spdlog::level::info}, {"warn", spdlog::level::warn},
      {"error", spdlog::level::err},   {"off", spdlog::level::off},
  };
  for (const auto& [name, level] : kLevels) {
    if (name != options.level) continue;
    auto logger = NewLogger();
    const bool json = options.format == "json";
    // The message of a JSON line is its fields, written by FormatLogLine.
    logger->set_pattern(json ? absl::StrCat(R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l","program":)",
                                            Quoted(options.program), ",%v}")
                             : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v",
                        spdlog::pattern_time_type::utc);
    logger->set_level(level);
    json_lines = json;
    Logger() = std::move(logger);
    return absl::OkStatus();
  }
  return InvalidField("log.level",
                      absl::StrCat("\"", options.level, "\" is not one of: debug, info, warn, error, off"));
}

bool LogEnabled(LogLevel level) { return Logger()->should_log(ToSpdlog(level)); }

std::string FormatLogLine(bool json, absl::string_view message, std::initializer_list<LogField> fields) {
  std::string line = json ? absl::StrCat("\"message\":", Quoted(message)) : std::string(message);
  for (const LogField& field : fields) {
    if (json) {
      absl::StrAppend(&line, ",", Quoted(field.key), ":", FormatValue(json, field));
    } else {
      absl::StrAppend(&line, " ", field.key, "=", FormatValue(json, field));
    }
  }
  return line;
}

void Log(LogLevel level, absl::string_view message, std::initializer_list<LogField> fields) {
  if (!LogEnabled(level)) return;
  const std::string line = FormatLogLine(json_lines, message, fields);
  Logger()->log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace clientele::observability
