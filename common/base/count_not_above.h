// Which bin a value is in: std::upper_bound without a branch that depends on the value, for where neighbouring values
// have nothing in common and a branch is guessed wrong every other time.
#pragma once

#include <cstddef>

#include "absl/types/span.h"

namespace clientele {

// How many of the rising `edges` are not above `value`, which is a number. Cost: log2 of their number.
template <typename T>
size_t CountNotAbove(absl::Span<const T> edges, T value) {
  const T* from = edges.data();
  size_t left = edges.size();
  while (left > 1) {
    const size_t half = left / 2;
    from += from[half - 1] <= value ? half : 0;
    left -= half;
  }
  return static_cast<size_t>(from - edges.data()) + (left == 1 && *from <= value ? 1 : 0);
}

}  // namespace clientele
