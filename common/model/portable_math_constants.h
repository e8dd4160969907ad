// What exp and log are made of: for one number (portable_math.cc) and for a vector of them (portable_math-inl.h).
#pragma once

#include <array>

namespace clientele::model::portable_math {

// ln 2 in two parts; the first has its lower 32 bits zero, so that its product with a small integer is exact.
inline constexpr double kLn2High = 6.93147180369123816490e-01;
inline constexpr double kLn2Low = 1.90821492927058770002e-10;
inline constexpr double kLog2E = 1.44269504088896338700;
inline constexpr double kSqrtHalf = 0.70710678118654752440;

// exp beyond these is infinite, or 0.
inline constexpr double kOverflow = 709.782712893383973096;
inline constexpr double kUnderflow = -745.133219101941108420;

inline constexpr int kExpTerms = 14;
inline constexpr std::array<double, kExpTerms + 1> kInverseFactorials = [] {
  std::array<double, kExpTerms + 1> table{};
  double factorial = 1;
  for (int n = 0; n <= kExpTerms; ++n) {
    if (n > 0) factorial *= n;
    table[n] = 1 / factorial;
  }
  return table;
}();

// log(1 + x) for x in between is taken of x itself.
inline constexpr double kLeastReduced = -0.29, kMostReduced = 0.41;
inline constexpr int kLogTerms = 12;

}  // namespace clientele::model::portable_math
