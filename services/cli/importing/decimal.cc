#include "services/cli/importing/decimal.h"

#include <limits>

#include "absl/strings/ascii.h"

namespace clientele::cli {
namespace {

constexpr int kMaxDigits = 18;
constexpr int kMicroDecimals = 6;

}  // namespace

std::optional<Decimal> Decimal::Parse(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  int64_t unscaled = 0;
  int digits = 0, scale = 0;
  bool point = false;
  for (char c : text) {
    if (c == '.' && !point) {
      point = true;
    } else if (absl::ascii_isdigit(c) && digits < kMaxDigits) {
      unscaled = 10 * unscaled + (c - '0');
      // Leading zeros are not digits that count.
      digits += unscaled != 0;
      scale += point;
      if (scale > kMaxDigits) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  const bool any_digit = text.find_first_of("0123456789") != absl::string_view::npos;
  if (!any_digit) return std::nullopt;
  return Decimal(negative ? -unscaled : unscaled, scale);
}

std::optional<int64_t> Decimal::ToMicros() const {
  __int128 value = unscaled_;
  int scale = scale_;
  for (; scale > kMicroDecimals; --scale) {
    if (value % 10 != 0) return std::nullopt;
    value /= 10;
  }
  constexpr __int128 kMax = std::numeric_limits<int64_t>::max();
  for (; scale < kMicroDecimals; ++scale) {
    value *= 10;
    if (value > kMax || value < -kMax) return std::nullopt;
  }
  if (value > kMax || value < -kMax) return std::nullopt;
  return static_cast<int64_t>(value);
}

std::string Decimal::ToString() const {
  __int128 value = unscaled_ < 0 ? -unscaled_ : unscaled_;
  int scale = scale_;
  for (; scale > 0 && value % 10 == 0; --scale) value /= 10;
  std::string reversed;
  for (int i = 0; value != 0 || i <= scale; ++i) {
    if (i == scale && scale > 0) reversed += '.';
    reversed += static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  }
  if (unscaled_ < 0) reversed += '-';
  return {reversed.rbegin(), reversed.rend()};
}

}  // namespace clientele::cli
