// A symmetric matrix of `width` rows as its upper triangle, row by row.
#pragma once

#include <cstdint>

namespace clientele::training {

inline int64_t PackedSize(int64_t width) { return width * (width + 1) / 2; }

// Where (i, j), i <= j, lies.
inline int64_t PackedIndex(int64_t i, int64_t j, int64_t width) { return i * width - i * (i - 1) / 2 + (j - i); }

}  // namespace clientele::training
