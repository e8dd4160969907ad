// Memory that scoring writes to on the way from cells to scores. Whoever scores keeps one a thread: it grows to what
// the largest model needs, and from then on no row allocates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/aligned_vector.h"

namespace clientele::model {

// Rows that are scored at once: few enough for all that is known of them to stay in the first cache.
inline constexpr int kRowsAtOnce = 64;

// Contents mean nothing from one call to the next. Not thread-safe.
struct Workspace {
  AlignedVector<double> columns;    // [rows at once x d]
  AlignedVector<double> numbers;    // [rows at once x number features]
  std::vector<uint8_t> incomplete;  // [rows at once], 1: a cell of the row is missing.
  AlignedVector<double> fits;       // [linear predictors x rows at once]
  AlignedVector<float> tile;        // Of K-means.

  // At least `size` elements of a buffer.
  template <typename Buffer>
  static auto* Room(Buffer& buffer, size_t size) {
    if (buffer.size() < size) buffer.resize(size);
    return buffer.data();
  }
};

}  // namespace clientele::model
