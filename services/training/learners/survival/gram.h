// Sums of weighted outer products, the costly part of every information matrix here.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace clientele::training::survival {

// Rows are padded with zeros to an even width, so that the inner loops are of whole vectors.
inline int PaddedWidth(int columns) { return (columns + 1) / 2 * 2; }

// Adds weights[i] x_i x_i' for the n rows x_i of `rows` [n x width] to the lower triangle of `sum` [width x width], in
// an order of its own that n alone decides. Cost: n width (width + 1) flops.
void AddOuterProducts(const double* rows, const double* weights, int64_t n, int width, double* sum);

// The symmetric [columns x columns] matrix of a padded lower triangle.
std::vector<double> Unpadded(absl::Span<const double> sum, int width, int columns);

}  // namespace clientele::training::survival
