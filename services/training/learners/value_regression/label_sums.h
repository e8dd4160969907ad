// What a shard's labels come to.
#pragma once

#include <cstdint>

namespace clientele::training {

// Of the rows of a weight above 0.
struct LabelSums {
  double rows = 0, negative = 0, zero = 0;  // Rows.
  double below = 0, above = 0;              // What is below 0, without its sign, and what is above; without weights.
  double weight = 0, positive_weight = 0;
  double total = 0, size = 0;  // With weights: of the values, and without their signs.
};

// `labels` [rows], finite; `weights` [rows], finite and at least 0, or null: all 1.
LabelSums SumLabels(const double* labels, const double* weights, int64_t rows);

}  // namespace clientele::training
