// Exact decimal numbers of up to 36 digits: money is never taken through a double.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace clientele::cli {

// unscaled / 10^scale.
class Decimal {
 public:
  // "12", "-3.50", "+.5"; blanks around are ignored. None for anything else, an exponent and separators among it, and
  // for more than 18 digits.
  static std::optional<Decimal> Parse(absl::string_view text);

  // Exact: the factors have at most 18 digits each.
  friend Decimal operator*(const Decimal& a, const Decimal& b) {
    return {a.unscaled_ * b.unscaled_, a.scale_ + b.scale_};
  }

  // In millionths; none where it has more than six decimals that count, or does not fit.
  std::optional<int64_t> ToMicros() const;
  // Without needless zeros: "15.3".
  std::string ToString() const;

 private:
  Decimal(__int128 unscaled, int scale) : unscaled_(unscaled), scale_(scale) {}

  __int128 unscaled_;
  int scale_;
};

}  // namespace clientele::cli
