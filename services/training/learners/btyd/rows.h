// Customers with the same history are one row with their weights added: a likelihood costs by the distinct rows, and
// purchase histories in whole days repeat much.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "services/training/learners/btyd/likelihood.h"

namespace clientele::training::btyd {

// Distinct rows, sorted by (first, second, third), and their weights; no row has weight 0.
struct CollapsedRows {
  std::vector<double> first, second, third, weights;  // third is empty where it was.

  LikelihoodRows rows() const { return {first, second, third}; }
};

// Weights of equal rows are added in row order. All numbers finite. Same bytes for any number of threads.
// Cost: O(n log n), where the first number is a count O(n log k) with k rows of the same.
CollapsedRows CollapseRows(const LikelihoodRows& rows, absl::Span<const double> weights, int threads);

}  // namespace clientele::training::btyd
