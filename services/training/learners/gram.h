// The inner loop of regression: sums of products of columns.
#pragma once

#include <cstdint>

namespace clientele::training {

// A symmetric matrix of `width` rows as its upper triangle, row by row.
inline int64_t PackedSize(int64_t width) { return width * (width + 1) / 2; }

// Rows that are taken together, so that the sums are loaded and stored once for all of them.
inline constexpr int kGramRows = 4;

// Adds sum over r of weights[r] x_r x_r^T to `packed` [PackedSize(width)]. `rows` is [kGramRows x width]; rows that are
// not there have weight 0 and finite values.
void AddGram(const double* rows, const double* weights, int width, double* packed);

// The full matrix [width x width] of a packed one.
void Unpack(const double* packed, int width, double* full);

}  // namespace clientele::training
