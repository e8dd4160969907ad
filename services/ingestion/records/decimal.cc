#include "services/ingestion/records/decimal.h"

#include <limits>

#include "absl/strings/ascii.h"

namespace clientele::ingestion {
namespace {

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// Appends digits to a number; false where it no longer fits.
bool AppendDigit(int64_t& number, int digit) {
  return !__builtin_mul_overflow(number, int64_t{10}, &number) &&
         !__builtin_add_overflow(number, int64_t{digit}, &number);
}

// Digits, maybe with commas between groups of three; takes them off `text`.
DecimalResult ReadWhole(absl::string_view& text, int64_t& number, bool& any) {
  int group = 0;          // Digits since the last comma.
  bool commas = false;
  bool overflow = false;
  while (!text.empty() && (IsDigit(text[0]) || text[0] == ',')) {
    if (text[0] == ',') {
      if (group == 0 || group > 3 || (commas && group != 3)) return DecimalResult::kInvalid;
      commas = true;
      group = 0;
    } else {
      overflow = overflow || !AppendDigit(number, text[0] - '0');
      any = true;
      ++group;
    }
    text.remove_prefix(1);
  }
  if (commas && group != 3) return DecimalResult::kInvalid;
  return overflow ? DecimalResult::kTooLarge : DecimalResult::kOk;
}

}  // namespace

DecimalResult ParseDecimal(absl::string_view text, int decimals, int64_t& value) {
  text = absl::StripAsciiWhitespace(text);
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  int64_t number = 0;
  bool any = false;
  const DecimalResult whole = ReadWhole(text, number, any);
  if (whole == DecimalResult::kInvalid) return whole;
  bool too_fine = false;
  bool too_large = whole == DecimalResult::kTooLarge;
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    while (!text.empty() && IsDigit(text[0])) {
      any = true;
      if (decimals > 0) {
        --decimals;
        too_large = too_large || !AppendDigit(number, text[0] - '0');
      } else {
        too_fine = too_fine || text[0] != '0';
      }
      text.remove_prefix(1);
    }
  }
  if (!text.empty() || !any) return DecimalResult::kInvalid;
  for (; decimals > 0; --decimals) too_large = too_large || !AppendDigit(number, 0);
  if (too_large) return DecimalResult::kTooLarge;
  if (too_fine) return DecimalResult::kTooFine;
  value = negative ? -number : number;
  return DecimalResult::kOk;
}

bool MultiplyDivide(int64_t value, int64_t numerator, int64_t denominator, int64_t& result) {
  const __int128 product = static_cast<__int128>(value) * numerator;
  const __int128 half = denominator / 2;
  // Half away from zero. For an odd denominator there is no half, and truncation after adding half is right as well.
  const __int128 quotient = (product + (product < 0 ? -half : half)) / denominator;
  if (quotient > std::numeric_limits<int64_t>::max() || quotient < std::numeric_limits<int64_t>::min()) return false;
  result = static_cast<int64_t>(quotient);
  return true;
}

}  // namespace clientele::ingestion
