// What a block of rows adds to the moments of its columns: one pass for any processor's vectors.
#pragma once

#include <cstdint>

namespace clientele::training {

// Of w (x_j - shift_j), for each of d columns.
struct ColumnMoments {
  double* sums;
  double* squares;  // w (x_j - shift_j)^2
  double* largest;  // In absolute value.
};

// `rows` [n x d], in order; `weights` [n], or null: all 1. What lies behind the rows is asked for meanwhile; it need
// not be there.
void AddMoments(const float* rows, int64_t n, int d, const double* weights, const float* shift,
                const ColumnMoments& moments);

}  // namespace clientele::training
