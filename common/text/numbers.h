// Numbers as people read them: thousands separated; shares in per cent; three significant digits where nothing else is
// said, and "n/a" where there is no number.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace clientele {

std::string FormatCount(int64_t count);                 // 1,234,567
std::string FormatNumber(double value, int decimals);   // 1,234.50; "-" where it is not finite.
std::string FormatPercent(double share, int decimals);  // 0.125, 1 -> "12.5 %"

// 1,230,000; 12.3; 0.0123; 1.2e-7 where decimals would hide it. "n/a" where it is not finite.
std::string Significant(double value, int digits = 3);
// As it was given: "12", "0.5"; at most six digits.
std::string Plain(double value);
// 0.384 -> "38.4 %", 0.00123 -> "0.12 %", 1 -> "100 %".
std::string Share(double share);
// "0.81 to 0.86", each as `format` says. Empty where a bound is not finite or both are the same.
std::string Between(double lower, double upper, std::string (*format)(double));
// "0.003", "below 0.001".
std::string PValue(double p);
// "1 customer", "2,000 customers".
std::string Counted(int64_t count, absl::string_view noun);

// The first letter as a capital, and a full stop where there is none.
std::string Sentence(absl::string_view text);

// A normal-theory 95 % interval is this many standard errors to each side.
inline constexpr double kNormal95 = 1.959964;

// With three significant digits, for Between.
inline std::string ThreeDigits(double value) { return Significant(value); }

}  // namespace clientele
