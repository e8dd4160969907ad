#include "common/text/numbers.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace clientele {
namespace {

constexpr absl::string_view kNone = "n/a";

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

}  // namespace clientele
