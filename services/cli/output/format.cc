#include "services/cli/output/format.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "nlohmann/json.hpp"

namespace clientele::cli {

std::string FormatMoney(int64_t micros, absl::string_view currency) {
  return absl::StrCat(FormatNumber(static_cast<double>(micros) / 1e6, 2), " ", currency);
}

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
