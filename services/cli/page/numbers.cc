#include "services/cli/page/numbers.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace clientele::cli {
namespace {

constexpr absl::string_view kNone = "n/a";

}  // namespace

std::string Significant(double value, int digits) {
  if (!std::isfinite(value)) return std::string(kNone);
  if (value == 0) return "0";
  // Rounded first: 9.996 has its point where 10.0 has it.
  const double rounded = std::strtod(absl::StrFormat("%.*e", digits - 1, value).c_str(), nullptr);
  const int magnitude = static_cast<int>(std::floor(std::log10(std::abs(rounded))));
  if (magnitude < -5 || magnitude > 14) return absl::StrFormat("%.*g", digits, value);
  return FormatNumber(magnitude >= digits ? rounded : value, std::max(0, digits - 1 - magnitude));
}

std::string Plain(double value) { return std::isfinite(value) ? absl::StrCat(value) : std::string(kNone); }

std::string Share(double share) {
  if (!std::isfinite(share)) return std::string(kNone);
  const double percent = 100 * std::abs(share);
  const bool whole = percent >= 99.95 || std::abs(percent - std::round(percent)) < 1e-9;
  return FormatPercent(share, whole ? 0 : percent < 0.995 ? 2 : 1);
}

std::string Between(double lower, double upper, std::string (*format)(double)) {
  if (!std::isfinite(lower) || !std::isfinite(upper) || lower == upper) return "";
  return absl::StrCat(format(lower), " to ", format(upper));
}

std::string PValue(double p) {
  if (!std::isfinite(p)) return std::string(kNone);
  return p < 0.001 ? "below 0.001" : FormatNumber(p, 3);
}

std::string Counted(int64_t count, absl::string_view noun) {
  return absl::StrCat(FormatCount(count), " ", noun, count == 1 ? "" : "s");
}

std::string Sentence(absl::string_view text) {
  if (text.empty()) return "";
  std::string sentence(text);
  sentence[0] = absl::ascii_toupper(sentence[0]);
  const char last = sentence.back();
  if (last != '.' && last != '!' && last != '?') sentence += '.';
  return sentence;
}

}  // namespace clientele::cli
