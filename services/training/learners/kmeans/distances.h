// Squared Euclidean distances between rows and centroids: the ones that seeding and measuring need in full.
//
// Notation: n rows, d columns, `rows` [n x d]. Differences are taken directly, so that equal rows are at distance 0.
#pragma once

#include <cstdint>

#include "absl/types/span.h"

namespace clientele::training {

// nearest[i] = min(nearest[i], least |x_i - candidate|^2), in float32; total += the sum of weights[i] nearest[i], in
// float64. `candidates` [m x d]; `weights` [n], or null: all 1.
void LowerNearest(const float* rows, int64_t n, int d, const double* weights, absl::Span<const float> candidates,
                  float* nearest, double& total);

// potentials[c] += what LowerNearest would add for candidate c alone, and lowered[c][i] what it would make of
// nearest[i], both to the bit.
void AddPotentials(const float* rows, int64_t n, int d, const double* weights, absl::Span<const float> candidates,
                   const float* nearest, double* potentials, absl::Span<float* const> lowered);

// squares[i] = |x_i - centroid of labels[i]|^2, in float64. `centroids` [k x d].
void SquaredDistances(const float* rows, int64_t n, int d, const double* centroids, const uint16_t* labels,
                      double* squares);

}  // namespace clientele::training
