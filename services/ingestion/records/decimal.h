// Decimal text as integers: money never passes through floating point.
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace clientele::ingestion {

enum class DecimalResult {
  kOk,
  kInvalid,   // Not a decimal number.
  kTooFine,   // More decimals than asked for that are not zero.
  kTooLarge,  // Does not fit.
};

// Reads "12.50", "+3", "-0.5", ".5" or, with commas between groups of three digits, "1,234.50" as a multiple of
// 10^-decimals, exactly. Spaces around it are ignored; "1.234,50" is invalid, for it could mean either.
DecimalResult ParseDecimal(absl::string_view text, int decimals, int64_t& value);

// value * numerator / denominator, rounded half away from zero; false where the result does not fit. denominator > 0.
bool MultiplyDivide(int64_t value, int64_t numerator, int64_t denominator, int64_t& result);

}  // namespace clientele::ingestion
