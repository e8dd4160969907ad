#include "services/cli/output/format.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "nlohmann/json.hpp"

namespace clientele::cli {
namespace {

// Commas between the thousands of the digits before the point.
std::string Grouped(std::string digits) {
  const size_t start = !digits.empty() && digits[0] == '-' ? 1 : 0;
  const size_t point = digits.find('.');
  for (size_t i = point == std::string::npos ? digits.size() : point; i > start + 3;) {
    i -= 3;
    digits.insert(i, ",");
  }
  return digits;
}

}  // namespace

std::string FormatCount(int64_t count) { return Grouped(absl::StrCat(count)); }

std::string FormatNumber(double value, int decimals) {
  if (!std::isfinite(value)) return "-";
  std::string text = absl::StrFormat("%.*f", decimals, value);
  if (text.find_first_not_of("-0.") == std::string::npos && text[0] == '-') text.erase(0, 1);  // No "-0.00".
  return Grouped(text);
}

std::string FormatPercent(double share, int decimals) { return FormatNumber(100 * share, decimals) + " %"; }

std::string FormatMoney(int64_t micros, absl::string_view currency) {
  return absl::StrCat(FormatNumber(static_cast<double>(micros) / 1e6, 2), " ", currency);
}

std::string FormatDate(absl::Time time) { return absl::FormatTime("%Y-%m-%d", time, absl::UTCTimeZone()); }

std::string FormatDateTime(absl::Time time) { return absl::FormatTime("%Y-%m-%d %H:%M", time, absl::UTCTimeZone()); }

std::string FormatSeconds(absl::Duration duration) {
  const double seconds = absl::ToDoubleSeconds(duration);
  if (seconds < 9.95) return absl::StrFormat("%.1f s", seconds);
  const int64_t whole = std::llround(seconds);
  if (whole < 60) return absl::StrFormat("%d s", whole);
  return absl::StrFormat("%d min %d s", whole / 60, whole % 60);
}

std::string LastSegment(absl::string_view name) {
  const size_t slash = name.rfind('/');
  return std::string(slash == absl::string_view::npos ? name : name.substr(slash + 1));
}

std::string JsonString(absl::string_view text) {
  return nlohmann::json(std::string(text)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string Words(absl::string_view upper_snake) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(upper_snake), {{"_", " "}});
}

}  // namespace clientele::cli
